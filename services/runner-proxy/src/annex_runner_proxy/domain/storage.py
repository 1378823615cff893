"""What extensions store: records under a namespace and a key, and the port that keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, TenantId


class Refusal(StrEnum):
    """Why storage does not do what it was asked; spelled as in ``storage-v2``."""

    MISSING = "missing"
    CONFLICT = "conflict"
    INVALID = "invalid"
    TOO_LARGE = "too-large"
    QUOTA_EXCEEDED = "quota-exceeded"
    RATE_LIMITED = "rate-limited"


class StorageRefused(AnnexError):
    """The install may not have what it asks for, which the guest is told; nothing was changed."""

    def __init__(self, reason: Refusal, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StorageOwner:
    """The install whose records are meant; the broker names it, never a guest."""

    tenant_id: TenantId
    install_id: InstallId


@dataclass(frozen=True, slots=True)
class Condition:
    """When a write may take place: always, where the key is absent, or where it has exactly this revision."""

    is_absent: bool = False
    revision: int | None = None

    def holds(self, current: int | None) -> bool:
        """Say so of a key's ``current`` revision, None where it is absent or expired."""
        if self.is_absent:
            return current is None
        return self.revision is None or self.revision == current


ALWAYS = Condition()


@dataclass(frozen=True, slots=True)
class Write:
    """A record to be; it replaces the one under its key as a whole. ``metadata`` is JSON text."""

    key: str
    value: bytes
    metadata: str | None = None
    ttl_seconds: int | None = None
    condition: Condition = ALWAYS

    @property
    def size_bytes(self) -> int:
        return len(self.value) + len((self.metadata or "").encode())


@dataclass(frozen=True, slots=True)
class Item:
    """A record as it is."""

    key: str
    value: bytes
    metadata: str | None
    revision: int
    expires_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What an install uses. Expired records count until they are swept."""

    bytes_used: int = 0
    keys: int = 0
    namespaces: int = 0


@dataclass(frozen=True, slots=True)
class PageWish:
    """Which records are listed: those after a key, in the order of their keys' bytes."""

    limit: int
    prefix: str = ""
    after: str = ""
    with_values: bool = True


class Storage(Protocol):
    """Keeps records; what a read shows is what the last committed write left.

    Every method ends within ``seconds``. Raises StorageRefused and DatabaseUnavailable.
    ``before_writing`` is called once it is certain that something will be written, and not at all otherwise.
    """

    async def get(self, owner: StorageOwner, namespace: str, key: str, *, seconds: float) -> Item | None: ...

    async def put(
        self,
        owner: StorageOwner,
        namespace: str,
        writes: Sequence[Write],
        *,
        before_writing: Callable[[], None],
        seconds: float,
    ) -> list[Item]:
        """Write all or nothing, each key once. Returns the items without their values."""
        ...

    async def delete(
        self,
        owner: StorageOwner,
        namespace: str,
        key: str,
        condition: Condition,
        *,
        before_writing: Callable[[], None],
        seconds: float,
    ) -> None: ...

    async def page(
        self, owner: StorageOwner, namespace: str, wish: PageWish, *, seconds: float
    ) -> list[Item]: ...

    async def usage(self, owner: StorageOwner, *, seconds: float) -> Usage: ...


@dataclass(frozen=True, slots=True)
class StoredInstall:
    """An install that has stored something, and since when the registry is known to have it no more."""

    owner: StorageOwner
    gone_since: datetime | None = None


class StorageSweeps(Protocol):
    """What is removed without a guest asking. Raises DatabaseUnavailable."""

    async def with_expired(self, *, now: datetime, limit: int) -> list[StorageOwner]:
        """Find installs with expired records, looking at no more than ``limit`` records."""
        ...

    async def remove_expired(self, owner: StorageOwner, *, now: datetime, limit: int) -> int:
        """Remove expired records of one install and count; 0 where somebody is writing to it now."""
        ...

    async def stored(self, *, after: StorageOwner | None, limit: int) -> list[StoredInstall]: ...

    async def note_gone(self, owner: StorageOwner, *, since: datetime | None) -> None:
        """Remember since when an install is gone, None if it is there; the first time is kept."""
        ...

    async def purge(self, owner: StorageOwner, *, gone_before: datetime, limit: int) -> bool:
        """Remove records of an install that was noted as gone before; say whether nothing is left of it."""
        ...
