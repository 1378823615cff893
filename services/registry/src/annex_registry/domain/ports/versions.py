"""Extensions, their versions, and what is said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from annex_registry.domain.version import (
    Extension,
    ExtensionSummary,
    NewVersion,
    PublishedVersion,
    VersionContents,
)
from annex_registry.domain.version_status import StatusChange, StatusFact
from annex_shared.bundle import IndexedEntry
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionRecord, VersionStatusRecord
from annex_shared.ids import ExtensionId, InstallId, VersionId
from annex_shared.names import ExtensionName, ExtensionRef
from annex_shared.version_number import VersionNumber


class Extensions(Protocol):
    """Extensions by every name they are called."""

    async def claim(self, ref: ExtensionRef, *, new_id: ExtensionId, at: datetime) -> Extension:
        """Create the extension unless its name, in any spelling, exists; return the one that does."""
        ...

    async def by_id(self, extension_id: ExtensionId) -> Extension | None: ...

    async def by_ref(self, ref: ExtensionRef) -> Extension | None: ...

    async def by_install(self, install_id: InstallId) -> Extension | None:
        """Look among the tenant's own installs only."""
        ...

    async def installed_by_name(self, name: ExtensionName) -> list[Extension]:
        """Look among the tenant's own installs only."""
        ...

    async def summary(self, extension_id: ExtensionId) -> ExtensionSummary | None: ...

    async def page(
        self, *, prefix: str, after: tuple[str, str] | None, limit: int
    ) -> list[ExtensionSummary]: ...


@dataclass(frozen=True, slots=True)
class StoredBundle:
    """A published bundle; blocked when every version that has these bytes is."""

    size_bytes: int
    is_blocked: bool


class Versions(Protocol):
    """Published versions; a number is spent by the insert, never by asking first."""

    async def claim(self, version: NewVersion) -> bool:
        """Spend the number. False means that somebody else has it, for ever."""
        ...

    async def add_bundle(self, version: NewVersion) -> None: ...

    async def lock_head(self, extension_id: ExtensionId) -> int:
        """Take the extension's place in line until the transaction ends; return the next sequence."""
        ...

    async def place(
        self, version: NewVersion, *, ext_seq: int, serial: int, log_index: int | None
    ) -> None: ...

    async def holder(self, extension_id: ExtensionId, number: VersionNumber) -> PublishedVersion | None:
        """Return the version whose number equals ``number`` but for build metadata."""
        ...

    async def highest_patch(self, extension_id: ExtensionId, number: VersionNumber) -> int | None: ...

    async def newest(self, extension_id: ExtensionId) -> PublishedVersion | None: ...

    async def newest_installable(self, extension_id: ExtensionId) -> PublishedVersion | None:
        """Return the newest version that is neither yanked nor blocked."""
        ...

    async def page(
        self, extension_id: ExtensionId, *, before: int | None, limit: int
    ) -> list[PublishedVersion]:
        """Newest first; ``before`` is the last sequence of the page before."""
        ...

    async def etag_serial(self, extension_id: ExtensionId) -> int: ...

    async def contents(self, version_id: VersionId) -> VersionContents:
        """Return what was published with a version; it must exist."""
        ...

    async def stored_bundle(
        self, content_hash: ContentHash, *, extension_id: ExtensionId | None = None
    ) -> StoredBundle | None:
        """Look a published hash up, within the extension when one is named."""
        ...

    async def hold_blob(self, content_hash: ContentHash) -> None:
        """Keep sweepers away from a blob until the transaction ends."""
        ...

    async def claim_orphan(self, content_hash: ContentHash) -> bool:
        """Keep publishers away from a blob until the transaction ends; False when it is or may be in use."""
        ...

    async def records(self, *, after: int, limit: int, as_of: int) -> list[VersionRecord]:
        """List versions in feed order, each with the status it had at the feed's serial ``as_of``."""
        ...

    async def records_of_hash(self, content_hash: ContentHash) -> list[VersionRecord]: ...


class BundleIndexes(Protocol):
    """What published bundles hold, by content hash; made when it is first asked for, and never changed."""

    async def find(self, content_hash: ContentHash) -> tuple[IndexedEntry, ...] | None: ...

    async def add(self, content_hash: ContentHash, entries: Sequence[IndexedEntry]) -> None:
        """Keep an index; the same one may come from several readers at once."""
        ...


class VersionStatuses(Protocol):
    """Later facts about versions; only ever added to."""

    async def add(self, fact: StatusFact, *, serial: int, log_index: int | None) -> None: ...

    async def newest(self, version_id: VersionId) -> tuple[StatusChange, str] | None:
        """Return what was said last of a version, and why."""
        ...

    async def records(self, *, after: int, limit: int) -> list[VersionStatusRecord]: ...
