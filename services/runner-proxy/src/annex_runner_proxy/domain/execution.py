"""An execution: whose, of what, with which request; and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from annex_runner_proxy.domain.narrowing import NOTHING_TAKEN, Narrowing
from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, InstallId, TenantId

HeaderPairs = tuple[tuple[str, str], ...]
# What made the extension run.
Trigger = Literal["http", "schedule", "event"]


@dataclass(frozen=True, slots=True)
class GuestRequest:
    """The request as the guest sees it; ``url`` is the path with its query."""

    method: str
    url: str
    headers: HeaderPairs
    body: bytes | None


@dataclass(frozen=True, slots=True)
class User:
    """The person on whose behalf an extension is called, as the gateway knows them."""

    user_id: str
    user_email: str
    user_name: str
    user_type: str
    client_name: str = ""
    client_id: str | None = None
    additional_fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """One run of extension code. ``deadline`` is a time of the monotonic clock.

    The two versions are what the caller knows of the install's config and secrets; an older copy of ours
    must not be used.
    """

    execution_id: UUID
    request_id: str
    tenant_id: TenantId
    extension_id: ExtensionId
    install_id: InstallId | None
    content_hash: ContentHash
    request: GuestRequest
    timeout_ms: int | None
    memory_mb: int | None
    started: float
    config_version: int = 0
    secrets_version: int = 0
    cpu_ms: int | None = None
    fuel: int | None = None
    narrowing: Narrowing = NOTHING_TAKEN
    trigger: Trigger = "http"
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a call cost. ``fuel`` None means that it was not counted."""

    wall_ms: float = 0
    cpu_ms: float = 0
    memory_bytes: int = 0
    host_calls: int = 0
    log_bytes: int = 0
    response_bytes: int = 0
    log_bytes_dropped: int = 0
    fuel: int | None = None
    reused: bool = False
    subrequests: int = 0
    egress_bytes: int = 0


@dataclass(frozen=True, slots=True)
class GuestAnswer:
    """What the guest answered, whatever status it chose."""

    status: int
    headers: HeaderPairs
    body: bytes | None
    usage: Usage
    effects: int = 0
    account: "Account | None" = None


@dataclass(frozen=True, slots=True)
class Account:
    """An execution once it is over: whose it was, how it ended, what it cost.

    ``outcome`` is ``ANSWERED`` or the code of the problem that is answered instead.
    """

    execution_id: UUID
    tenant_id: TenantId
    extension_id: ExtensionId
    install_id: InstallId
    version_id: str
    content_hash: ContentHash
    endpoint: str
    trigger: Trigger
    outcome: str
    usage: Usage
    effects: int
    host_calls: Mapping[str, int]
