"""`python -m annex_standalone dev`: the platform below `annex dev`, empty, told what to do by its parent."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TextIO, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annex_runner_proxy.adapters.postgres.schema import SCHEMA
from annex_runner_proxy.adapters.postgres.storage import PostgresStorage
from annex_runner_proxy.domain.storage import StorageOwner, StorageRefused, Write
from annex_runner_proxy.domain.storage_rules import StorageLimits, check_namespace, check_writes
from annex_shared.ids import InstallId, TenantId
from annex_shared.observability.logs import configure_logs
from annex_shared.permissions import Permission
from annex_shared.postgres.pool import open_pool
from annex_standalone.environments import Stores
from annex_standalone.home import Home, open_home
from annex_standalone.keys import Keys, open_keys
from annex_standalone.log_file import LogFile
from annex_standalone.platform import running_platform
from annex_standalone.ports import Ports, choose_ports
from annex_standalone.progress import Progress
from annex_standalone.run import DEV_TENANT_ID, MEMBER, development_key

_LONGEST_LINE = 8 << 20
_SEED_SECONDS = 10
# What `annex dev` takes away with --no-limits: as much as the runner can be told, and no rate.
_NO_LIMITS: Mapping[str, Mapping[str, str]] = {
    "runner-proxy": {
        "DEFAULT_TIMEOUT_MS": "600000",
        "MAX_TIMEOUT_MS": "600000",
        "DEFAULT_CPU_MS": "600000",
        "MAX_CPU_MS": "600000",
        "DEFAULT_MEMORY_MB": "2048",
        "MAX_MEMORY_MB": "2048",
        "MAX_HOST_CALLS": "1000000",
        "MAX_SUBREQUESTS": "10000",
        "STORAGE_WRITES_BURST": "0",
        "STORAGE_READS_BURST": "0",
    },
    "gateway": {"GATEWAY_TIMEOUT_MS": "600000"},
}


class SeedItem(BaseModel):
    """One record that an install begins with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str
    key: str
    value: str


class SeedStorage(BaseModel):
    """The one thing that no address of the platform does: what is stored belongs to the extension alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["seed_storage"]
    id: int
    install_id: UUID
    items: list[SeedItem] = Field(max_length=5_000)


@dataclass(frozen=True, slots=True)
class DevelopmentFacts:
    """The line on standard output; the keys are for the parent, which started this process."""

    gateway_url: str
    ui_host_url: str
    tenant_id: str
    api_key: str
    admin_api_key: str
    log_vkey: str
    type: str = "ready"


async def run_for_development(
    environment: Mapping[str, str], *, progress: Progress, stop: asyncio.Event
) -> None:
    """Run until ``stop`` is set or standard input ends, which it does with the parent."""
    with contextlib.ExitStack() as held:
        home = held.enter_context(open_home(Path(environment["ANNEX_HOME"])))
        ports = choose_ports(environment)
        stream = held.enter_context(contextlib.closing(LogFile(home.folder("logs") / "annex.log")))
        configure_logs("standalone", as_json=True, stream=cast("TextIO", stream))
        keys = open_keys(home)
        changes = _changes(environment, ports)
        async with running_platform(home, ports, keys, progress, changes=changes) as stores:
            _answer(asdict(await _facts(home, ports, keys, stores)))
            progress.is_ready = True
            async with _storage(stores) as storage:
                hearing = asyncio.create_task(_hear(storage, stop))
                await stop.wait()
                hearing.cancel()


def _changes(environment: Mapping[str, str], ports: Ports) -> dict[str, dict[str, str]]:
    """Let the simulator's page frame pages, and take limits away where that was asked for."""
    changes: dict[str, dict[str, str]] = {
        "ui-host": {"FRAME_ANCESTORS": f"{ports.gateway_url} {environment['ANNEX_DEV_ORIGIN']}"}
    }
    if environment.get("ANNEX_DEV_NO_LIMITS") == "1":
        changes |= {service: {**settings} for service, settings in _NO_LIMITS.items()}
    return changes


async def _facts(home: Home, ports: Ports, keys: Keys, stores: Stores) -> DevelopmentFacts:
    return DevelopmentFacts(
        gateway_url=ports.gateway_url,
        ui_host_url=ports.ui_host_url,
        tenant_id=str(DEV_TENANT_ID),
        api_key=await development_key(home, keys, stores, "member", MEMBER),
        admin_api_key=await development_key(home, keys, stores, "admin", frozenset(Permission)),
        log_vkey=keys.log_verifier_key(),
    )


@asynccontextmanager
async def _storage(stores: Stores) -> AsyncIterator[PostgresStorage]:
    async with open_pool(
        stores.runner_proxy_database_url, application="annex-dev", schema=SCHEMA, max_size=1
    ) as pool:
        yield PostgresStorage(pool)


async def _hear(storage: PostgresStorage, stop: asyncio.Event) -> None:
    """Do what each line asks for and answer it; the end of the lines is the end of the platform."""
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        try:
            wish = SeedStorage.model_validate_json(line)
        except ValidationError:
            _answer({"type": "refused", "message": "That is nothing this program does."})
            continue
        try:
            await _seed(storage, wish)
        except StorageRefused as refused:
            _answer({"type": "refused", "id": wish.id, "message": refused.message})
        else:
            _answer({"type": "seeded", "id": wish.id, "items": len(wish.items)})
    stop.set()


async def _seed(storage: PostgresStorage, wish: SeedStorage) -> None:
    """Write records under the rules an extension's own are written under."""
    owner = StorageOwner(TenantId(DEV_TENANT_ID), InstallId(wish.install_id))
    limits = StorageLimits()
    for item in wish.items:
        write = Write(item.key, item.value.encode())
        check_namespace(item.namespace, limits=limits)
        check_writes([write], limits=limits)
        await storage.put(owner, item.namespace, [write], before_writing=lambda: None, seconds=_SEED_SECONDS)


def _answer(document: Mapping[str, object]) -> None:
    print(json.dumps(document), flush=True)  # noqa: T201 - what the parent reads
