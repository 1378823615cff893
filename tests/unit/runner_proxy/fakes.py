"""The ports of runner-proxy kept in memory, and short ways to make what they hold."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import Any
from uuid import UUID

from annex_runner_proxy.domain.errors import RegistryUnavailable, RunnerError
from annex_runner_proxy.domain.execution import Execution, GuestRequest, Usage
from annex_runner_proxy.domain.host_call import CallScope
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.domain.ports import HostCalls, Job, RawAnswer
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.secret_envelope import SealedSecrets
from support.version_statuses import page_of

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_TENANT = TenantId(UUID("22222222-2222-4222-8222-222222222222"))
EXTENSION = ExtensionId(UUID("3e3e3e3e-3333-4333-8333-3333333333ab"))
OTHER_EXTENSION = ExtensionId(UUID("4e4e4e4e-3333-4333-8333-3333333333ab"))
INSTALL = InstallId(UUID("44444444-4444-4444-8444-444444444444"))
OTHER_INSTALL = InstallId(UUID("55555555-4444-4444-8444-444444444444"))
HASH = ContentHash.of(b"the bundle")
OTHER_HASH = ContentHash.of(b"another bundle")
SEALED = SealedSecrets("key-1", ("api_key", "other"), "nonce", "ciphertext")


def an_install(**changes: Any) -> Install:
    fields: dict[str, Any] = {
        "install_id": INSTALL,
        "tenant_id": TENANT,
        "extension_id": EXTENSION,
        "extension": "acme/notes",
        "version_id": "version-1",
        "version": "1.0.0",
        "content_hash": HASH,
        "is_enabled": True,
        "revision": 1,
        "grants": frozenset[str](),
        "config": {},
        "config_version": 1,
        "secrets_version": 1,
        "sealed_secrets": SEALED,
    }
    return Install(**{**fields, **changes})


def an_execution(**changes: Any) -> Execution:
    fields: dict[str, Any] = {
        "execution_id": UUID("66666666-4444-4444-8444-444444444444"),
        "request_id": "req_1",
        "tenant_id": TENANT,
        "extension_id": EXTENSION,
        "install_id": INSTALL,
        "content_hash": HASH,
        "request": GuestRequest("GET", "/", (), None),
        "timeout_ms": 1_000,
        "memory_mb": None,
        "started": 100.0,
    }
    return Execution(**{**fields, **changes})


def a_scope(**changes: Any) -> CallScope:
    """Make the scope of a call; what is no field of it is one of its install or of its limits."""
    install = {key: changes.pop(key) for key in list(changes) if key in _INSTALL_FIELDS}
    limits = {key: changes.pop(key) for key in list(changes) if key in _LIMIT_FIELDS}
    if "grants" in install:
        install["grants"] = frozenset(install["grants"])
    execution = an_execution()
    fields: dict[str, Any] = {
        "install": an_install(**install),
        "execution_id": execution.execution_id,
        "request_id": execution.request_id,
        "context": {"tenant-id": str(TENANT)},
        "limits": PlatformLimits(**limits).narrowed(timeout_ms=None, memory_mb=None),
        "deadline": 105.0,
        "monotonic": lambda: 100.0,
    }
    return CallScope(**{**fields, **changes})


_INSTALL_FIELDS = {one.name for one in dataclass_fields(Install)}
_LIMIT_FIELDS = {one.name for one in dataclass_fields(PlatformLimits)}


@dataclass(slots=True)
class MemoryRecords:
    """A registry's installs; ``asked`` counts single questions."""

    installs: dict[InstallId, Install] = field(default_factory=dict)
    said: list[VersionStatusRecord] = field(default_factory=list)
    is_away: bool = False
    asked: int = 0

    @classmethod
    def of(cls, *installs: Install) -> "MemoryRecords":
        return cls({install.install_id: install for install in installs})

    async def install(self, install_id: InstallId) -> Install | None:
        self.asked += 1
        self._answer()
        return self.installs.get(install_id)

    async def all_installs(self) -> AsyncIterator[Install]:
        for install in list(self.installs.values()):
            self._answer()
            yield install
        self._answer()

    async def version_statuses(self, after: int, limit: int) -> list[VersionStatusRecord]:
        self._answer()
        return page_of(self.said, after=after, limit=limit).items

    def _answer(self) -> None:
        if self.is_away:
            raise RegistryUnavailable("The registry cannot be reached.")


@dataclass(slots=True)
class MemoryModules:
    """Every version is ready, unless ``refusals`` says why not; remembers what was asked for."""

    refusals: dict[ContentHash, RunnerError] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    prepared: list[ContentHash] = field(default_factory=list)
    preparing: asyncio.Event = field(default_factory=asyncio.Event)

    async def ready(self, content_hash: ContentHash, *, wait_seconds: float) -> str:
        self.waits.append(wait_seconds)
        if content_hash in self.refusals:
            raise self.refusals[content_hash]
        return f"/modules/{content_hash.hex}"

    async def prepare(self, content_hash: ContentHash) -> None:
        self.prepared.append(content_hash)
        self.preparing.set()
        if content_hash in self.refusals:
            raise self.refusals[content_hash]


@dataclass(slots=True)
class ScriptedWorkers:
    """Plays a guest: makes the host calls of its script, then answers or fails."""

    answer: RawAnswer = field(default_factory=lambda: RawAnswer(200, (), b"ok", Usage()))
    calls: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    failure: RunnerError | None = None
    jobs: list[Job] = field(default_factory=list)
    heard: list[Any] = field(default_factory=list)

    async def run(self, job: Job, host: HostCalls) -> RawAnswer:
        self.jobs.append(job)
        for function, arguments in self.calls:
            self.heard.append(await host.answer(function, arguments))
        if self.failure is not None:
            raise self.failure
        return self.answer


@dataclass(slots=True)
class OpenedSecrets:
    """Values by install, as if unsealed."""

    values: dict[InstallId, dict[str, str]] = field(default_factory=dict)

    async def open(self, install: Install, name: str) -> Mapping[str, str]:
        values = self.values.get(install.install_id, {})
        return {name: values[name]} if name in values else {}

    def names(self, install: Install) -> list[str]:
        return sorted(self.values.get(install.install_id, {}))
