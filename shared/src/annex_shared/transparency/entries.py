"""Entries of the transparency log, ``annex-log/v1``: facts as lines, each in exactly one spelling.

An entry is public for ever: names, versions and hashes only, nothing about tenants or people.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final

from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef, PublisherSlug
from annex_shared.transparency.canonical import read_base64, read_decimal, read_hash, write_base64
from annex_shared.transparency.errors import EntryMalformed
from annex_shared.transparency.merkle import leaf_hash
from annex_shared.transparency.tiles import MAX_ENTRY_BYTES
from annex_shared.version_number import VersionNumber

FORMAT: Final = "annex-log/v1"
_NO_PREVIOUS: Final = "-"
_KEY_ID = re.compile(r"[0-9a-f]{16}")


class VersionStatus(StrEnum):
    """What was decided about a version after it was published; ``active`` takes all of it back."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    YANKED = "yanked"
    BLOCKED = "blocked"


class KeyChange(StrEnum):
    ADDED = "added"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class LoggedBundle:
    """The archive of a version: its content hash and size."""

    content_hash: ContentHash
    size_bytes: int

    def __str__(self) -> str:
        return f"{self.content_hash} {self.size_bytes}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """What every entry says: when, in UTC and whole seconds. Each stands in the chain of its subject.

    A subject is an extension or a publisher; its chain counts from 0, and every entry names the leaf hash of
    the one before it, None for the first.
    """

    event: ClassVar[str]

    time: datetime

    @property
    def subject(self) -> ExtensionRef | PublisherSlug:
        raise NotImplementedError

    @property
    def seq(self) -> int:
        """The place in the subject's chain."""
        raise NotImplementedError

    @property
    def prev(self) -> bytes | None:
        """The leaf hash of the subject's entry before this one."""
        raise NotImplementedError

    def to_bytes(self) -> bytes:
        """Write the entry; raise EntryMalformed if these facts have no spelling."""
        data = _write(self)
        if parse_entry(data) != self:
            raise _malformed("its time is not UTC, or a fact is of another type than its field")
        return data

    def leaf_hash(self) -> bytes:
        return leaf_hash(self.to_bytes())


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionEntry(LogEntry):
    """An entry about an extension, in the extension's chain."""

    extension: ExtensionRef
    ext_seq: int
    ext_prev: bytes | None

    @property
    def subject(self) -> ExtensionRef:
        return self.extension

    @property
    def seq(self) -> int:
        return self.ext_seq

    @property
    def prev(self) -> bytes | None:
        return self.ext_prev


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPublishedEntry(ExtensionEntry):
    """A version number was spent on a bundle; ``signature`` is opaque to the log."""

    event: ClassVar[str] = "version.published"

    version: VersionNumber
    bundle: LoggedBundle
    manifest_hash: ContentHash
    signer: str | None = None
    signature: bytes | None = None

    @property
    def bundles(self) -> tuple[LoggedBundle, ...]:
        return (self.bundle,)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionImportedEntry(ExtensionEntry):
    """A version came from a predecessor's database, perhaps with several bundles: newest first."""

    event: ClassVar[str] = "version.imported"

    version: VersionNumber
    bundles: tuple[LoggedBundle, ...]
    manifest_hash: ContentHash
    signer: str | None = None
    signature: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStatusEntry(ExtensionEntry):
    """A later decision about a version; ``reason_hash`` is of the reason's text in UTF-8."""

    event: ClassVar[str] = "version.status"

    version: VersionNumber
    status: VersionStatus
    reason_hash: ContentHash


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionCreatedEntry(ExtensionEntry):
    event: ClassVar[str] = "extension.created"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotatedEntry(LogEntry):
    """A key of a publisher was added or revoked: a fact about all its extensions, in its own chain."""

    event: ClassVar[str] = "key.rotated"

    publisher: PublisherSlug
    pub_seq: int
    pub_prev: bytes | None
    key_id: str
    change: KeyChange

    @property
    def subject(self) -> PublisherSlug:
        return self.publisher

    @property
    def seq(self) -> int:
        return self.pub_seq

    @property
    def prev(self) -> bytes | None:
        return self.pub_prev


# The two that spend a version number.
VersionEntry = VersionPublishedEntry | VersionImportedEntry


class _Times(Enum):
    ONCE = "once"
    PERHAPS = "perhaps"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class _Line:
    """How a field is written: its key, how often it stands there, and how its value is read and written."""

    key: str
    field: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    times: _Times = _Times.ONCE

    def texts(self, value: Any) -> Iterator[str]:
        if self.times is _Times.REPEATED:
            values = value
        elif self.times is _Times.PERHAPS and value is None:
            values = ()
        else:
            values = (value,)
        return (f"{self.key} {self.write(each)}" for each in values)

    def take(self, lines: deque[str]) -> Any:
        """Take this line's occurrences from the front; the value is as the entry's field holds it."""
        values: list[Any] = []
        while lines and lines[0].startswith(f"{self.key} ") and (not values or self.times is _Times.REPEATED):
            values.append(self._value(lines.popleft()))
        if not values and self.times is not _Times.PERHAPS:
            raise _malformed(f"the line {self.key} is missing or in another place")
        if self.times is _Times.REPEATED:
            return tuple(values)
        return values[0] if values else None

    def _value(self, line: str) -> Any:
        text = line.removeprefix(f"{self.key} ")
        try:
            return self.read(text)
        except (ValueError, AnnexError):
            raise _malformed(f'"{shown(text, limit=80)}" is not a value of {self.key}') from None


def _read_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _write_time(time: datetime) -> str:
    return f"{time.isoformat().removesuffix('+00:00')}Z"


def _read_previous(text: str) -> bytes | None:
    return None if text == _NO_PREVIOUS else read_hash(text)


def _write_previous(leaf: bytes | None) -> str:
    return _NO_PREVIOUS if leaf is None else write_base64(leaf)


def _read_bundle(text: str) -> LoggedBundle:
    content_hash, _, size = text.partition(" ")
    bundle = LoggedBundle(ContentHash.parse(content_hash), read_decimal(size))
    if bundle.size_bytes == 0:
        raise ValueError("a bundle is not empty")
    return bundle


def _read_signature(text: str) -> bytes:
    if not text:
        raise ValueError("a signature is not empty")
    return read_base64(text)


def _read_key_id(text: str) -> str:
    if _KEY_ID.fullmatch(text) is None:
        raise ValueError("a key id is 16 lower-case hex digits")
    return text


_TIME: Final = _Line("time", "time", _read_time, _write_time)
_EXTENSION: Final = (
    _TIME,
    _Line("extension", "extension", ExtensionRef.parse),
    _Line("ext-seq", "ext_seq", read_decimal),
    _Line("ext-prev", "ext_prev", _read_previous, _write_previous),
)
_PUBLISHER: Final = (
    _TIME,
    _Line("publisher", "publisher", PublisherSlug.of),
    _Line("pub-seq", "pub_seq", read_decimal),
    _Line("pub-prev", "pub_prev", _read_previous, _write_previous),
)
_VERSION: Final = _Line("version", "version", VersionNumber.parse)
_MANIFEST: Final = (
    _Line("manifest", "manifest_hash", ContentHash.parse),
    _Line("signer", "signer", _read_key_id, times=_Times.PERHAPS),
    _Line("signature", "signature", _read_signature, write_base64, _Times.PERHAPS),
)
_LINES: Final[Mapping[type[LogEntry], Sequence[_Line]]] = {
    VersionPublishedEntry: (*_EXTENSION, _VERSION, _Line("bundle", "bundle", _read_bundle), *_MANIFEST),
    VersionImportedEntry: (
        *_EXTENSION,
        _VERSION,
        _Line("bundle", "bundles", _read_bundle, times=_Times.REPEATED),
        *_MANIFEST,
    ),
    VersionStatusEntry: (
        *_EXTENSION,
        _VERSION,
        _Line("status", "status", VersionStatus),
        _Line("reason", "reason_hash", ContentHash.parse),
    ),
    ExtensionCreatedEntry: _EXTENSION,
    KeyRotatedEntry: (
        *_PUBLISHER,
        _Line("key-id", "key_id", _read_key_id),
        _Line("change", "change", KeyChange),
    ),
}
_KINDS: Final = {f"event {kind.event}": kind for kind in _LINES}


def parse_entry(data: bytes) -> LogEntry:
    """Read an entry; raise EntryMalformed for every byte string but the one spelling of some facts."""
    if len(data) > MAX_ENTRY_BYTES:
        raise _malformed(f"it is larger than {MAX_ENTRY_BYTES:,} bytes")
    if not data.isascii():
        raise _malformed("it holds more than ASCII")
    lines = deque(data.decode("ascii").removesuffix("\n").split("\n"))
    if lines.popleft() != FORMAT:
        raise _malformed(f"its first line is not {FORMAT}")
    kind = _KINDS.get(lines.popleft() if lines else "")
    if kind is None:
        raise _malformed("its event is not known")
    entry = kind(**{line.field: line.take(lines) for line in _LINES[kind]})
    if _write(entry) != data:
        raise _malformed("it holds another line, or a value is not in its one spelling")
    if isinstance(entry, VersionEntry) and entry.signature is not None and entry.signer is None:
        raise _malformed("it has a signature and no signer")
    return entry


def _write(entry: LogEntry) -> bytes:
    lines = [FORMAT, f"event {entry.event}"]
    for line in _LINES[type(entry)]:
        lines.extend(line.texts(getattr(entry, line.field)))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def _malformed(reason: str) -> EntryMalformed:
    return EntryMalformed(f"The log entry cannot be read: {reason}.", details={"reason": reason})
