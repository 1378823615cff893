"""The transparency log as the registry keeps it: the tree, an extension's chain, and what is signed."""

from dataclasses import dataclass
from datetime import datetime

from annex_registry.domain.version import Extension, PublishedVersion, Signature
from annex_registry.domain.version_status import StatusChange, StatusFact
from annex_shared.content_hash import ContentHash
from annex_shared.names import PublisherSlug
from annex_shared.transparency import (
    ExtensionCreatedEntry,
    KeyChange,
    KeyRotatedEntry,
    LogEntry,
    LoggedBundle,
    VersionPublishedEntry,
    VersionStatus,
    VersionStatusEntry,
)
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class TreeState:
    """How many leaves are committed, and the root over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A tree that was signed; ``note`` is the signed text, with the cosignatures it was read with."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True, slots=True)
class LastCosigned:
    """The largest tree that a witness cosigned, and when it last did."""

    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where the chain of an extension or a publisher continues: its next sequence and last leaf's hash."""

    next_seq: int
    last_leaf: bytes | None


@dataclass(frozen=True, slots=True)
class Publication:
    """What the log says about a published version."""

    extension: Extension
    number: VersionNumber
    bundle: LoggedBundle
    manifest_hash: ContentHash
    signature: Signature | None
    at: datetime

    def as_created(self) -> Extension:
        return self.extension

    def entry(self, head: ChainHead) -> LogEntry:
        return VersionPublishedEntry(
            time=whole_second(self.at),
            extension=self.extension.ref,
            ext_seq=head.next_seq,
            ext_prev=head.last_leaf,
            version=self.number,
            bundle=self.bundle,
            manifest_hash=self.manifest_hash,
            signer=self.signature.signer if self.signature else None,
            signature=self.signature.text.encode() if self.signature else None,
        )


@dataclass(frozen=True, slots=True)
class StatusStatement:
    """What the log says about a version that was published before: the reason's hash, not its text."""

    extension: Extension
    number: VersionNumber
    change: StatusChange
    reason: str
    at: datetime

    @classmethod
    def of(cls, fact: StatusFact) -> "StatusStatement":
        version = fact.version
        return cls(version.extension, version.number, fact.change, fact.reason, fact.recorded_at)

    def entry(self, head: ChainHead) -> LogEntry:
        return VersionStatusEntry(
            time=whole_second(self.at),
            extension=self.extension.ref,
            ext_seq=head.next_seq,
            ext_prev=head.last_leaf,
            version=self.number,
            status=VersionStatus(self.change.value),
            reason_hash=ContentHash.of(self.reason.encode()),
        )


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """What the log says about a publisher's key."""

    publisher: PublisherSlug
    key_id: str
    change: KeyChange
    at: datetime

    def entry(self, head: ChainHead) -> LogEntry:
        return KeyRotatedEntry(
            time=whole_second(self.at),
            publisher=self.publisher,
            pub_seq=head.next_seq,
            pub_prev=head.last_leaf,
            key_id=self.key_id,
            change=self.change,
        )


@dataclass(frozen=True, slots=True)
class UnloggedStatus:
    """A fact about a version that has no leaf yet."""

    statement: StatusStatement
    serial: int


@dataclass(frozen=True, slots=True)
class UnloggedVersion:
    """A version of a time in which the log did not exist."""

    version: PublishedVersion
    serial: int
    signature: Signature | None


def creation_entry(extension: Extension, head: ChainHead) -> LogEntry:
    return ExtensionCreatedEntry(
        time=whole_second(extension.created_at),
        extension=extension.ref,
        ext_seq=head.next_seq,
        ext_prev=head.last_leaf,
    )


def whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
