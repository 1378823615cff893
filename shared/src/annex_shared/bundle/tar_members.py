"""Read tar members from their 512-byte headers: ustar, pax paths and GNU long names, and nothing else.

The headers are parsed here because an archive from a stranger is only as bounded as its parser: every
size is known before a byte of it is read, and every extension we do not need is refused by name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from annex_shared.bundle.entry_names import accepted_path
from annex_shared.bundle.errors import BundleEntryTypeRefused
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.zstd_frame import InflatedArchive, corrupt, too_large, trailing
from annex_shared.display_text import shown

BLOCK = 512
_MAX_PAX_BYTES = 1 << 16
_ZEROS = bytes(BLOCK)
_OCTAL = re.compile(rb" *([0-7]{1,11})[ \0]*")
_PAX_LENGTH = re.compile(rb"([1-9][0-9]{0,4}) ")
_USTAR = b"ustar\x0000"
_GNU = b"ustar  \0"

_FILES = (b"0", b"\0")
_FOLDER = b"5"
_PAX = b"x"
_GNU_NAME = b"L"
_REFUSED_TYPES = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a character device",
    b"4": "a block device",
    b"6": "a named pipe",
    b"7": "a contiguous file",
    b"g": "a global pax header",
    b"K": "a GNU long link name",
    b"S": "a sparse file",
    b"M": "a continued volume",
    b"V": "a volume label",
    b"D": "a GNU directory dump",
    b"N": "an old GNU long name",
    b"X": "a Solaris extended header",
    _PAX: "a second extended header",
    _GNU_NAME: "a second long name",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A file or folder; its ``size_bytes`` of content follow in the archive, padded to a block."""

    path: str
    size_bytes: int
    is_folder: bool


@dataclass(frozen=True, slots=True)
class _Header:
    name: bytes
    size_bytes: int
    kind: bytes


def next_member(archive: InflatedArchive, limits: BundleLimits) -> Member | None:
    """Read up to the next file or folder, or None at the two zero blocks that end an archive."""
    header = _read_header(archive)
    if header is None:
        return None
    long_name: bytes | None = None
    if header.kind in (_PAX, _GNU_NAME):
        long_name = _read_long_name(archive, header, limits)
        header = _read_header(archive)
        if header is None:
            raise corrupt("an extended header describes no entry")
    is_folder = header.kind == _FOLDER
    name = header.name if long_name is None else long_name
    if not is_folder and header.kind not in _FILES:
        raise _type_refused(name, header.kind)
    if is_folder and header.size_bytes:
        raise corrupt("a folder has content")
    if header.size_bytes > archive.remaining_bytes:
        raise too_large("unpacked_bytes", limits.unpacked_bytes, "bytes unpacked")
    return Member(accepted_path(name, limits, is_directory=is_folder), header.size_bytes, is_folder)


def _read_header(archive: InflatedArchive) -> _Header | None:
    block = archive.read_exactly(BLOCK)
    if block == _ZEROS:
        if archive.read_exactly(BLOCK) != _ZEROS:
            raise trailing("after the tar archive's end")
        return None
    magic = block[257:265]
    if magic not in (_USTAR, _GNU):
        raise corrupt("a header is neither POSIX nor GNU tar")
    # The sum counts its own field as spaces.
    if _number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * ord(" "):
        raise corrupt("a header's checksum is wrong")
    name = _text(block[0:100])
    prefix = _text(block[345:500]) if magic == _USTAR else b""
    name = prefix + b"/" + name if prefix else name
    return _Header(name, size_bytes=_number(block[124:136]), kind=block[156:157])


def _read_long_name(archive: InflatedArchive, header: _Header, limits: BundleLimits) -> bytes | None:
    """Read the path an extended header gives the next entry; every other fact in it is ignored."""
    # A GNU name ends with a NUL; a pax header also holds times and owners.
    maximum = limits.path_bytes + 1 if header.kind == _GNU_NAME else _MAX_PAX_BYTES
    if header.size_bytes > maximum:
        raise too_large("path_bytes", maximum, "bytes of extended header")
    data = archive.read_exactly(header.size_bytes)
    archive.read_exactly(-header.size_bytes % BLOCK)
    if header.kind == _GNU_NAME:
        return _text(data)
    return _pax_path(data)


def _pax_path(data: bytes) -> bytes | None:
    """Find ``path`` among ``length key=value`` records; refuse what would change how content is read."""
    path: bytes | None = None
    for key, value in _pax_records(data):
        if key == b"path":
            if path is not None:
                raise corrupt("a pax header names two paths")
            path = value
        if key == b"size" or key.startswith((b"GNU.sparse", b"SCHILY.realsize")):
            raise BundleEntryTypeRefused(
                "The bundle holds a sparse file or one whose size stands in a pax header. "
                "Pack it again with `annex pack`.",
                details={"pax_key": shown(key.decode("utf-8", "replace"), limit=40)},
            )
    return path


def _pax_records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        length = _PAX_LENGTH.match(data)
        size_bytes = int(length[1]) if length else 0
        record = data[:size_bytes]
        key, equals, value = record[length.end() if length else 0 : -1].partition(b"=")
        if not equals or len(record) != size_bytes or not record.endswith(b"\n"):
            raise corrupt("a pax header is malformed")
        yield key, value
        data = data[size_bytes:]


def _number(field: bytes) -> int:
    """Parse an octal field; base-256 numbers are only needed beyond 8 GiB and are refused."""
    match = _OCTAL.fullmatch(field)
    if match is None:
        raise corrupt("a header holds a number that is not octal")
    return int(match[1], 8)


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _type_refused(name: bytes, kind: bytes) -> BundleEntryTypeRefused:
    shown_name = shown(name.decode("utf-8", "replace"), limit=80)
    what = _REFUSED_TYPES.get(kind, "of an unknown type")
    return BundleEntryTypeRefused(
        f'The bundle\'s entry "{shown_name}" is {what}; only plain files and folders are accepted. '
        "Replace it with a copy of the file and pack again.",
        details={"path": shown_name, "type": what},
    )
