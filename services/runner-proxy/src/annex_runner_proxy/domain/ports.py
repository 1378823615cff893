"""What the actions need from outside, as the adapters provide it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from pydantic import JsonValue

from annex_runner_proxy.domain.egress import SubrequestMeter
from annex_runner_proxy.domain.execution import (
    Account,
    Execution,
    GuestAnswer,
    GuestRequest,
    HeaderPairs,
    Usage,
)
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import CallLimits, Reuse
from annex_runner_proxy.domain.warming import WarmState
from annex_runner_proxy.domain.web_target import Target
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.web_hosts import IpAddress


@dataclass(frozen=True, slots=True)
class ReuseTicket:
    """Lets a worker keep the instance of a call for the next one with the same ``key``.

    The key names an install and its revision: whatever changes of an install, it gets a fresh instance.
    """

    key: str
    terms: Reuse


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is given; no identity beyond what the guest may see, no secret, no config."""

    content_hash: ContentHash
    module_path: str
    tenant_id: TenantId
    context: Mapping[str, str | None]
    request: GuestRequest
    limits: CallLimits
    deadline: float
    reuse: ReuseTicket | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came out of a worker, unchecked."""

    status: int
    headers: HeaderPairs
    body: bytes | None
    usage: Usage


class HostCalls(Protocol):
    """Answers the host calls of one execution; a worker's word about whose call it is counts for nothing."""

    async def answer(self, function: str, arguments: Sequence[Any]) -> Any:
        """Answer ``interface.function``. Raises HostCallLimitExceeded or HostFunctionUnavailable."""
        ...

    def log(self, level: str, message: str, stream: str = "log") -> None:
        """Take a line the guest wrote; ``stream`` is ``log``, ``stdout`` or ``stderr``."""
        ...


@dataclass(frozen=True, slots=True)
class GuestLine:
    """One line a guest wrote, with everything needed to find it again."""

    install: Install
    execution_id: UUID
    request_id: str
    level: str
    stream: str
    message: str


class GuestLog(Protocol):
    """Where the lines of guests go. It never waits and never fails: a lost line ends no call."""

    def write(self, line: GuestLine) -> None: ...


class Accounts(Protocol):
    """Hears of every execution that found its install, once, when it is over. It never waits or fails."""

    def ended(self, account: Account) -> None: ...


class Workers(Protocol):
    """Runs jobs in sandboxes. Raises the errors of ``domain.errors`` that name an end without answer."""

    async def run(self, job: Job, host: HostCalls) -> RawAnswer: ...


class RemoteRunner(Protocol):
    """Another runner that takes whole executions. Raises what a local one raises, or RunnerUnavailable."""

    async def run(
        self, execution: Execution, install: Install, *, limits: CallLimits, deadline: float
    ) -> GuestAnswer:
        """Run one execution there, within ``deadline`` of the monotonic clock."""
        ...

    async def warm_up(self, install: Install, *, wait_seconds: float) -> WarmState:
        """Have the install's version made ready there, and say how far that is."""
        ...


class Resolver(Protocol):
    """Finds the addresses of a name. What takes too long is given up by whoever asks."""

    async def resolve(self, host: str, port: int, *, tenant_id: TenantId) -> Sequence[IpAddress]:
        """Return every address there is. Raises EgressFailed."""
        ...


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it is sent: secrets filled in, headers checked."""

    method: str
    target: Target
    headers: HeaderPairs
    body: bytes | None


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """An answer as a guest gets it: without framing, decompressed."""

    status: int
    headers: HeaderPairs
    body: bytes


class Sender(Protocol):
    """Makes one request to one of the addresses it is told, and to nothing else."""

    async def send(
        self,
        request: WireRequest,
        addresses: Sequence[IpAddress],
        *,
        meter: SubrequestMeter,
        before_sending: Callable[[], None],
    ) -> WireAnswer:
        """Raise EgressFailed or SubrequestLimitExceeded; ``before_sending`` is called once connected."""
        ...


@dataclass(frozen=True, slots=True)
class HostReply:
    """What the host application answered, unread."""

    status: int
    content: bytes


class HostApplication(Protocol):
    """The product that extensions belong to, at an address its operator configured."""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> HostReply | None:
        """Return the answer, None where there is none."""
        ...


ReadDocument = Callable[[bytes], Mapping[str, JsonValue] | None]


class Modules(Protocol):
    """Versions compiled and authenticated, ready to be mapped by a worker."""

    async def ready(
        self, content_hash: ContentHash, *, wait_seconds: float, counts_fuel: bool = False
    ) -> str:
        """Return the path of the compiled module, making it ready if need be. Raises VersionWarming."""
        ...

    async def prepare(self, content_hash: ContentHash) -> None:
        """Make a version ready, however long it takes."""
        ...


class InstallRecords(Protocol):
    """The registry's answer about installs: the truth the projection copies. Raises RegistryUnavailable."""

    async def install(self, install_id: InstallId) -> Install | None: ...

    def all_installs(self) -> AsyncIterator[Install]: ...

    async def version_statuses(self, after: int, limit: int) -> Sequence[VersionStatusRecord]:
        """Return what was said last of versions, in order of serial."""
        ...


class PublishedVersions(Protocol):
    """The registry's answer about versions. Raises RegistryUnavailable."""

    async def is_published(self, extension_id: ExtensionId, content_hash: ContentHash) -> bool: ...


class Secrets(Protocol):
    """Opens an install's sealed secrets; raises the errors of ``annex_shared.secret_envelope``."""

    async def open(self, install: Install, name: str) -> Mapping[str, str]:
        """Return the value under its name, or nothing where there is none that may be used now."""
        ...

    def names(self, install: Install) -> list[str]: ...
