"""`make run`, stage by stage: check, start, publish the sample, say where things are, hold until stopped."""

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO, cast
from uuid import UUID

from annex_cli.attempts import AttemptStore
from annex_cli.platform_client import platform_client
from annex_gateway.app import ensure_tenant_and_key
from annex_shared.ids import TenantId
from annex_shared.observability.logs import configure_logs
from annex_shared.permissions import Permission
from annex_shared.signing.keys import SigningKey
from annex_standalone.environments import Stores, is_console_built
from annex_standalone.home import Home, open_home
from annex_standalone.keys import Keys, open_keys
from annex_standalone.log_file import LogFile
from annex_standalone.platform import running_platform
from annex_standalone.ports import Ports, choose_ports
from annex_standalone.progress import Progress
from annex_standalone.sample import Sample, call_sample, install_sample, load_sample, publish_sample
from annex_standalone.sign_in import sign_in_address
from annex_standalone.summary import DevFacts, block, json_line, write_facts

# The development tenant is the same on every machine, so that examples and tests can name it.
DEV_TENANT_ID = TenantId(UUID("00000000-0000-7000-8000-000000000d0e"))
DEV_TENANT_SLUG = "dev"
# Hosts of this machine that extensions may call, as runner-proxy's own setting has it.
PRIVATE_EGRESS_HOSTS = "ANNEX_RUNNER_PROXY_ALLOW_PRIVATE_EGRESS_HOSTS"
MEMBER = frozenset({Permission.EXTENSION_READ, Permission.EXTENSION_WRITE})


async def run(environment: Mapping[str, str], *, progress: Progress, stop: asyncio.Event) -> None:
    """Run the embedded platform until ``stop`` is set. Raises what refuses the start, having undone it."""
    sample = load_sample()
    with contextlib.ExitStack() as held:
        home = held.enter_context(open_home(Path(environment.get("ANNEX_HOME") or ".annex")))
        ports = choose_ports(environment)
        progress.done("check", f"Python {sys.version.split()[0]}, ports free, data in {home.path}")
        stream = held.enter_context(contextlib.closing(LogFile(home.folder("logs") / "annex.log")))
        configure_logs("standalone", as_json=True, stream=cast("TextIO", stream))
        keys = open_keys(home)
        changes = {"runner-proxy": {PRIVATE_EGRESS_HOSTS: environment.get(PRIVATE_EGRESS_HOSTS, "")}}
        async with running_platform(home, ports, keys, progress, changes=changes) as stores:
            facts = await _facts(home, ports, keys, stores, sample)
            await _show_sample(home, facts, keys, sample, progress)
            write_facts(home, facts)
            sign_in_url = await sign_in_address(home, facts) if is_console_built() else None
            progress.is_ready = True
            _say_ready(home, facts, sign_in_url, progress)
            await stop.wait()
            progress.done("stopping", "finishing what is in hand")
    progress.done("stopped", "data stays")


async def _facts(home: Home, ports: Ports, keys: Keys, stores: Stores, sample: Sample) -> DevFacts:
    return DevFacts(
        gateway_url=ports.gateway_url,
        registry_url=ports.registry_url,
        runner_proxy_url=ports.runner_proxy_url,
        ui_host_url=ports.ui_host_url,
        tenant_id=str(DEV_TENANT_ID),
        api_key=await development_key(home, keys, stores, "member", MEMBER),
        admin_api_key=await development_key(home, keys, stores, "admin", frozenset(Permission)),
        publisher_key_path=str(keys.publisher),
        log_vkey=keys.log_verifier_key(),
        hello_url=sample.url(ports.gateway_url),
        hello_ui_url=sample.ui_url(ports.ui_host_url),
    )


async def development_key(
    home: Home, keys: Keys, stores: Stores, principal: str, permissions: frozenset[Permission]
) -> str:
    """Return the key kept from an earlier run; make another when the file or the key's validity is gone."""
    kept = home.path / "keys" / f"api-key-{principal}"
    issued = await ensure_tenant_and_key(
        stores.gateway_database_url,
        keys.pepper.read_text(),
        slug=DEV_TENANT_SLUG,
        tenant_id=DEV_TENANT_ID,
        tenant_name="Development",
        principal_name=principal,
        permissions=permissions,
        is_renewed=not kept.exists(),
    )
    if issued.api_key is not None:
        home.write_private(f"keys/api-key-{principal}", issued.api_key)
    return kept.read_text()


async def _show_sample(home: Home, facts: DevFacts, keys: Keys, sample: Sample, progress: Progress) -> None:
    key = SigningKey.load(keys.publisher.read_bytes())
    attempts = AttemptStore(home.folder("attempts"))
    async with platform_client(facts.gateway_url, facts.admin_api_key) as admin:
        progress.done("published", await publish_sample(admin, sample, key, attempts))
        install = await install_sample(admin, sample)
        progress.done("installed", f"{install.extension} {install.version} for tenant {DEV_TENANT_SLUG}")
    async with platform_client(facts.gateway_url, facts.api_key) as member:
        progress.done("answered", f"GET /hello says: {await call_sample(member, sample)}")


def _say_ready(home: Home, facts: DevFacts, sign_in_url: str | None, progress: Progress) -> None:
    seconds = progress.elapsed_seconds
    if sys.stdout.isatty():
        text = block(home, facts, sign_in_url=sign_in_url, ready_seconds=seconds)
        print(f"\n{text}\n", flush=True)  # noqa: T201 - the result of the command
    else:
        line = json_line(home, facts, has_console=sign_in_url is not None, ready_seconds=seconds)
        print(line, flush=True)  # noqa: T201 - the result of the command
