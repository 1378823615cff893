"""Import: what became of each row of a predecessor's database, and the rules that decide it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.predecessor import SourceBundle, SourceExtension
from annex_registry.domain.transparency import ChainHead, whole_second
from annex_registry.domain.version import Extension
from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.ids import ExtensionId, VersionId
from annex_shared.transparency import LogEntry, LoggedBundle, VersionImportedEntry
from annex_shared.version_number import VersionNumber

# Who published what was imported; no principal has this name.
IMPORTER = "import"
# A leaf of the log holds about 700; nobody publishes one version so often.
MAX_BUNDLES = 500
_HASH = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)


class RowRefused(AnnexError):
    """A row cannot be imported; ``code`` says why, and nothing of it was written."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NumberSpentMeanwhile(UnavailableError):
    """Somebody published the number while it was being imported; looking again decides."""


class Outcome(StrEnum):
    """What became of a row, or in a dry run would have become of it."""

    IMPORTED = "imported"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"
    CONFLICT = "conflict"


class RowKind(StrEnum):
    EXTENSION = "extension"
    VERSION = "version"
    INSTALL = "install"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know about a row; ``is_loss`` when a part of it was left out."""

    code: str
    message: str
    is_loss: bool


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line of the report; holds names and hashes, never configuration or secrets."""

    kind: RowKind
    outcome: Outcome
    subject: str
    source_id: UUID
    code: str | None = None
    message: str | None = None
    bundle_count: int | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def needs_attention(self) -> bool:
        is_wrong = self.outcome in (Outcome.REFUSED, Outcome.CONFLICT)
        return is_wrong or any(remark.is_loss for remark in self.remarks)


class ImportReport(Protocol):
    """Takes the rows one by one, in the order in which they were decided."""

    def add(self, row: ImportRow) -> None: ...

    def progress(self, done: int, total: int, subject: str) -> None:
        """Tell how many entries of the predecessor's registry are done."""
        ...


@dataclass(frozen=True, slots=True)
class ImportedBundle:
    """A bundle that was read, hashed and judged here; ``created_at`` is the predecessor's."""

    content_hash: ContentHash
    size_bytes: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NamedBundle:
    """A bundle of the predecessor whose hash could be read."""

    content_hash: ContentHash
    source: SourceBundle


class Imports(Protocol):
    """What is kept about an import; only ever added to."""

    async def source_of(self, extension_id: ExtensionId) -> UUID | None: ...

    async def extension_of(self, source_id: UUID) -> Extension | None: ...

    async def add_source(self, extension: Extension, source: SourceExtension, *, at: datetime) -> None:
        """Note which entry the extension was; it has one for ever."""
        ...

    async def is_version_id_taken(self, version_id: VersionId) -> bool: ...

    async def add_bundles(self, version_id: VersionId, bundles: Sequence[ImportedBundle]) -> None:
        """Record all bundles of a version, before the version has its place."""
        ...

    async def bundles_of(self, version_id: VersionId) -> list[ImportedBundle]:
        """Newest first; empty for a version that was published here."""
        ...


@dataclass(frozen=True, slots=True)
class Importation:
    """What the log says about an imported version; its time is that of the import."""

    extension: Extension
    number: VersionNumber
    bundles: tuple[LoggedBundle, ...]
    manifest_hash: ContentHash
    at: datetime

    def as_created(self) -> Extension:
        """Give the extension as the leaf that begins its chain tells of it: created when it came here."""
        return replace(self.extension, created_at=self.at)

    def entry(self, head: ChainHead) -> LogEntry:
        return VersionImportedEntry(
            time=whole_second(self.at),
            extension=self.extension.ref,
            ext_seq=head.next_seq,
            ext_prev=head.last_leaf,
            version=self.number,
            bundles=self.bundles,
            manifest_hash=self.manifest_hash,
        )


def newest_first(bundles: Sequence[SourceBundle]) -> tuple[list[NamedBundle], list[SourceBundle]]:
    """Order bundles by age, then hash, one of each hash; beside them those without a readable hash."""
    readable: list[NamedBundle] = []
    unreadable: list[SourceBundle] = []
    for bundle in bundles:
        match = _HASH.fullmatch(bundle.content_hash.strip())
        if match is None:
            unreadable.append(bundle)
        else:
            readable.append(NamedBundle(ContentHash(bytes.fromhex(match[1])), bundle))
    readable.sort(key=lambda named: (named.source.created_at, named.content_hash.digest), reverse=True)
    distinct: dict[ContentHash, NamedBundle] = {}
    for named in readable:
        distinct.setdefault(named.content_hash, named)
    return list(distinct.values()), unreadable


def code_of(error: AnnexError) -> str:
    """Spell a refusal's name as the API would: `BundleTooLarge` is `BUNDLE_TOO_LARGE`."""
    if isinstance(error, RowRefused):
        return error.code
    words = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?=[A-Z]|$)", type(error).__name__)
    return "_".join(words).upper()
