"""Archives nobody honest would make, built byte by byte, and the refusal each of them must meet.

Nothing here uses a tar library: the point is to write what libraries would not.
"""

import gzip
import hashlib
import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from annex_shared.bundle.errors import (
    BundleCorrupt,
    BundleDuplicateEntry,
    BundleEntryTypeRefused,
    BundlePathRefused,
    BundleRefused,
    BundleTooLarge,
    BundleTrailingData,
)
from annex_shared.bundle.limits import BundleLimits

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 512
END = bytes(2 * BLOCK)
USTAR = b"ustar\x0000"
GNU = b"ustar  \x00"


def header(
    name: bytes,
    *,
    size: int = 0,
    kind: bytes = b"0",
    magic: bytes = USTAR,
    prefix: bytes = b"",
    size_field: bytes | None = None,
    checksum: bytes | None = None,
    link: bytes = b"",
) -> bytes:
    """Lay out one 512-byte header; every field can be made to lie."""
    fields = (
        (name, 100),
        (b"0000644\x00", 8),
        (b"0000000\x00", 8),
        (b"0000000\x00", 8),
        (size_field if size_field is not None else b"%011o\x00" % size, 12),
        (b"00000000000\x00", 12),
        (b" " * 8, 8),
        (kind, 1),
        (link, 100),
        (magic, 8),
        (b"", 32),
        (b"", 32),
        (b"", 8),
        (b"", 8),
        (prefix, 155),
        (b"", 12),
    )
    block = b"".join(value.ljust(width, b"\x00")[:width] for value, width in fields)
    total = checksum if checksum is not None else b"%06o\x00 " % sum(block)
    return block[:148] + total + block[156:]


def file(name: bytes, data: bytes = b"", **lies: bytes) -> bytes:
    """Lay out a regular file, unless a field given in ``lies`` says otherwise."""
    return header(name, size=len(data), **lies) + data + bytes(-len(data) % BLOCK)


def folder(name: bytes) -> bytes:
    return header(name, kind=b"5")


def pax(*records: tuple[bytes, bytes], kind: bytes = b"x") -> bytes:
    """Lay out an extended header; each record's length counts itself."""
    data = b""
    for key, value in records:
        body = b" " + key + b"=" + value + b"\n"
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length += 1
        data += str(length).encode("ascii") + body
    return file(b"pax", data, kind=kind)


def compressed(tar: bytes, options: dict[int, int] | None = None) -> bytes:
    """Compress without telling the size, so that the frame header names a window."""
    compressor = zstd.ZstdCompressor(options=options or {zstd.CompressionParameter.compression_level: 3})
    return compressor.compress(tar) + compressor.flush()


def decompressed(data: bytes) -> bytes:
    return zstd.decompress(data)


def archive(*members: bytes, end: bytes = END) -> bytes:
    return compressed(b"".join(members) + end)


def skippable_frame(data: bytes) -> bytes:
    return b"\x50\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        written.writestr("manifest.json", data)
    return target.getvalue()


@dataclass(frozen=True, slots=True)
class HostileArchive:
    """One attack: how to make it, the refusal it meets, and the fact the refusal must state."""

    name: str
    make: Callable[[], bytes]
    refusal: type[BundleRefused]
    fact: tuple[str, str] | None = None
    limits: BundleLimits = field(default_factory=BundleLimits)


def _named(reason: str, *names: str | bytes) -> list[HostileArchive]:
    cases = []
    for name in names:
        raw = name.encode("utf-8") if isinstance(name, str) else name
        cases.append(
            HostileArchive(
                f"{reason}-{name!r}",
                partial(archive, file(raw)),
                BundlePathRefused,
                ("reason", reason),
            )
        )
    return cases


PATHS = [
    *_named("traversal", "../x", "./../x", "a/../../x", "a/..", ".."),
    *_named("absolute", "/abs", "//server/share", "C:/x", "C:x"),
    *_named("backslash", "..\\x", "\\\\unc\\x", "a\\b"),
    *_named("empty_segment", "a//b", "a/./b", ".", "a/", "././a", ""),
    *_named("colon", "ui/a:stream", "ab:c:d"),
    *_named("leading_dash", "-rf", "--checkpoint-action=exec"),
    *_named("trailing_dot", "a.", "a ", "ui./x", "ui /x", "..."),
    *_named("reserved", "con", "ui/NUL.txt", "aux.js", "ui/COM1", "lpt9.html", "prn", "CONIN$"),
    *_named(
        "control", "a\nb", "a\x7fb", "ui/\u202egnp.exe", "ui/a\u200bb", "ui/\u2066x", "ui/\u0085", "a\u2028b"
    ),
    *_named("encoding", b"ui/\xff", b"ui/\xc0\xaf", b"ui/\xed\xa0\x80"),
    HostileArchive(
        "traversal-in-the-ustar-prefix",
        lambda: archive(file(b"x", prefix=b"../..")),
        BundlePathRefused,
        ("reason", "traversal"),
    ),
    HostileArchive(
        "traversal-in-a-pax-path",
        lambda: archive(pax((b"path", b"ui/../../x")), file(b"ui/harmless")),
        BundlePathRefused,
        ("reason", "traversal"),
    ),
    HostileArchive(
        "a-nul-in-a-pax-path",
        lambda: archive(pax((b"path", b"manifest.json\x00.txt")), file(b"x")),
        BundlePathRefused,
        ("reason", "control"),
    ),
    HostileArchive(
        "traversal-in-a-gnu-long-name",
        lambda: archive(file(b"././@LongLink", b"../x\x00", kind=b"L", magic=GNU), file(b"x", magic=GNU)),
        BundlePathRefused,
        ("reason", "traversal"),
    ),
    HostileArchive(
        "traversal-in-a-folder",
        lambda: archive(folder(b"../up/")),
        BundlePathRefused,
        ("reason", "traversal"),
    ),
]

LENGTHS = [
    HostileArchive(
        "a-path-over-1024-bytes",
        lambda: archive(pax((b"path", b"/".join([b"d" * 200] * 6))), file(b"x")),
        BundleTooLarge,
        ("limit", "path_bytes"),
    ),
    HostileArchive(
        "a-segment-over-255-bytes",
        lambda: archive(pax((b"path", b"ui/" + "é".encode() * 128)), file(b"x")),
        BundleTooLarge,
        ("limit", "segment_bytes"),
    ),
    HostileArchive(
        "a-path-over-32-levels",
        lambda: archive(file(b"/".join([b"d"] * 33))),
        BundleTooLarge,
        ("limit", "depth"),
    ),
    HostileArchive(
        "a-pax-header-bomb",
        lambda: archive(pax((b"comment", b"x" * (1 << 17))), file(b"x")),
        BundleTooLarge,
        ("limit", "path_bytes"),
    ),
    HostileArchive(
        "a-gnu-long-name-bomb",
        lambda: archive(file(b"././@LongLink", b"a" * 4096, kind=b"L", magic=GNU), file(b"x", magic=GNU)),
        BundleTooLarge,
        ("limit", "path_bytes"),
    ),
]

TYPES = [
    *(
        HostileArchive(
            f"a-{name}",
            partial(archive, file(b"ui/x", kind=kind, link=link)),
            BundleEntryTypeRefused,
        )
        for name, kind, link in (
            ("relative-symlink", b"2", b"../../etc/passwd"),
            ("absolute-symlink", b"2", b"/etc/passwd"),
            ("symlink-to-itself", b"2", b"x"),
            ("hard-link-to-outside", b"1", b"../../etc/passwd"),
            ("hard-link-to-inside", b"1", b"manifest.json"),
            ("character-device", b"3", b""),
            ("block-device", b"4", b""),
            ("named-pipe", b"6", b""),
            ("contiguous-file", b"7", b""),
            ("gnu-sparse-file", b"S", b""),
            ("gnu-dump-directory", b"D", b""),
            ("gnu-continued-volume", b"M", b""),
            ("gnu-volume-label", b"V", b""),
            ("gnu-long-link-name", b"K", b""),
            ("solaris-header", b"X", b""),
            ("vendor-type", b"Z", b""),
            ("socket-as-some-tars-write-it", b"s", b""),
        )
    ),
    HostileArchive(
        "a-folder-symlink-then-a-file-through-it",
        lambda: archive(file(b"ui", kind=b"2", link=b"/etc"), file(b"ui/passwd", b"x")),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "a-hard-link-to-a-deeper-symlink",
        lambda: archive(
            folder(b"ui/"), file(b"ui/l", kind=b"2", link=b".."), file(b"l", kind=b"1", link=b"ui/l")
        ),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "a-link-named-by-a-pax-header",
        lambda: archive(pax((b"linkpath", b"/etc/passwd")), file(b"ui/x", kind=b"2")),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "a-global-pax-header",
        lambda: archive(pax((b"path", b"manifest.json"), kind=b"g"), file(b"x")),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "a-pax-sparse-file-1.0",
        lambda: archive(
            pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.realsize", b"1099511627776")), file(b"x")
        ),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "a-pax-sparse-name",
        lambda: archive(pax((b"GNU.sparse.name", b"../x")), file(b"x")),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "a-pax-size-that-hides-the-next-header",
        lambda: archive(pax((b"size", b"1024")), file(b"x"), file(b"../hidden")),
        BundleEntryTypeRefused,
    ),
    HostileArchive(
        "two-extended-headers-for-one-entry",
        lambda: archive(pax((b"path", b"a")), pax((b"path", b"b")), file(b"x")),
        BundleEntryTypeRefused,
    ),
]

DUPLICATES = [
    HostileArchive(name, partial(archive, *members), BundleDuplicateEntry)
    for name, members in (
        ("the-same-file-twice", (file(b"manifest.json", b"1"), file(b"manifest.json", b"2"))),
        ("the-same-file-with-and-without-dot-slash", (file(b"ui/a"), file(b"./ui/a"))),
        ("files-equal-but-for-case", (file(b"manifest.json"), file(b"Manifest.JSON"))),
        ("files-equal-after-case-folding", (file("ui/straße".encode()), file(b"ui/STRASSE"))),
        ("files-equal-after-composition", (file("ui/é".encode()), file("ui/e\u0301".encode()))),
        ("files-equal-after-both", (file("ui/É".encode()), file("ui/e\u0301".encode()))),
        ("a-file-then-a-folder-of-its-name", (file(b"ui"), folder(b"ui/"))),
        ("a-folder-then-a-file-of-its-name", (folder(b"ui/"), file(b"ui"))),
        ("a-file-then-a-file-below-it", (file(b"ui"), file(b"ui/index.html"))),
        ("a-file-below-then-a-file-of-the-folder", (file(b"ui/index.html"), file(b"UI"))),
    )
]

DAMAGED = [
    HostileArchive(name, make, BundleCorrupt)
    for name, make in (
        ("nothing-at-all", lambda: b""),
        ("plain-tar", lambda: file(b"manifest.json") + END),
        ("gzip", lambda: gzip.compress(file(b"manifest.json") + END)),
        ("concatenated-gzip", lambda: gzip.compress(b"a") + gzip.compress(b"b")),
        ("zip", lambda: zipped(b"{}")),
        ("a-skippable-frame-first", lambda: skippable_frame(b"hidden") + archive(file(b"a"))),
        ("a-frame-that-needs-a-dictionary", lambda: b"\x28\xb5\x2f\xfd\x21\x07" + bytes(32)),
        ("a-reserved-frame-bit", lambda: b"\x28\xb5\x2f\xfd\x08" + bytes(32)),
        ("the-frame-header-only", lambda: archive(file(b"a"))[:6]),
        ("a-truncated-frame", lambda: archive(file(b"a", bytes(range(256)) * 64))[:-9]),
        ("zstd-around-nothing", lambda: compressed(b"")),
        ("zstd-around-text", lambda: compressed(b"hello world " * 100)),
        ("no-end-blocks", lambda: archive(file(b"a"), end=b"")),
        ("one-end-block", lambda: archive(file(b"a"), end=bytes(BLOCK))),
        ("content-shorter-than-its-header-says", lambda: archive(header(b"a", size=4096), end=b"x" * BLOCK)),
        ("a-wrong-checksum", lambda: archive(file(b"a", checksum=b"000001\x00 "))),
        ("a-checksum-of-text", lambda: archive(file(b"a", checksum=b"garbage!"))),
        ("a-negative-size", lambda: archive(file(b"a", size_field=b"-0000000001\x00"))),
        ("a-base-256-size", lambda: archive(file(b"a", size_field=b"\x80" + bytes(10) + b"\x01"))),
        ("a-negative-base-256-size", lambda: archive(file(b"a", size_field=b"\xff" * 12))),
        ("an-empty-size", lambda: archive(file(b"a", size_field=bytes(12)))),
        ("a-size-that-is-not-octal", lambda: archive(file(b"a", size_field=b"00000000009\x00"))),
        ("a-seventh-edition-header", lambda: archive(file(b"a", magic=bytes(8)))),
        ("a-folder-with-content", lambda: archive(file(b"ui/", b"x", kind=b"5"))),
        ("an-extended-header-for-nothing", lambda: archive(pax((b"path", b"a")))),
        (
            "a-pax-record-longer-than-its-header",
            lambda: archive(file(b"p", b"99 path=a\n", kind=b"x"), file(b"x")),
        ),
        ("a-pax-record-without-length", lambda: archive(file(b"p", b"path=a\n", kind=b"x"), file(b"x"))),
        ("a-pax-record-of-length-zero", lambda: archive(file(b"p", b"0 path=a\n", kind=b"x"), file(b"x"))),
        ("a-pax-record-without-equals", lambda: archive(file(b"p", b"7 path\n", kind=b"x"), file(b"x"))),
        ("two-pax-paths", lambda: archive(pax((b"path", b"a"), (b"path", b"b")), file(b"x"))),
    )
]

TRAILING = [
    HostileArchive(name, make, BundleTrailingData)
    for name, make in (
        ("a-second-archive-in-the-frame", lambda: archive(file(b"a"), END, file(b"b"))),
        ("an-entry-after-one-end-block", lambda: archive(file(b"a"), bytes(BLOCK), file(b"b"))),
        ("text-after-the-end-blocks", lambda: archive(file(b"a"), END, b"#!/bin/sh")),
        ("a-second-frame", lambda: archive(file(b"a")) + archive(file(b"b"))),
        ("a-skippable-frame-behind", lambda: archive(file(b"a")) + skippable_frame(b"hidden")),
        ("one-byte-behind", lambda: archive(file(b"a")) + b"\x00"),
        ("a-far-byte-behind", lambda: archive(file(b"a")) + bytes(200_000) + b"x"),
    )
]

SIZES = [
    HostileArchive(
        "more-zeros-than-the-ratio-allows",
        lambda: archive(file(b"ui/zeros", bytes(4 << 20))),
        BundleTooLarge,
        ("limit", "ratio"),
    ),
    HostileArchive(
        "a-quine-like-run-of-tiny-files",
        lambda: archive(*(file(b"ui/%d" % number) for number in range(5001))),
        BundleTooLarge,
        ("limit", "entries"),
        BundleLimits(ratio=1_000_000),
    ),
    HostileArchive(
        "a-run-of-folders",
        lambda: archive(*(folder(b"ui/%d/" % number) for number in range(11))),
        BundleTooLarge,
        ("limit", "entries"),
        BundleLimits(entries=10),
    ),
    HostileArchive(
        "endless-padding-after-the-end",
        lambda: archive(file(b"a"), bytes(2 << 20)),
        BundleTooLarge,
        ("limit", "unpacked_bytes"),
        BundleLimits(unpacked_bytes=1 << 20, ratio=1_000_000),
    ),
    HostileArchive(
        "a-header-that-promises-8-gib",
        lambda: archive(header(b"a", size_field=b"77777777777\x00")),
        BundleTooLarge,
        ("limit", "unpacked_bytes"),
    ),
    HostileArchive(
        "more-unpacked-bytes-than-allowed",
        lambda: archive(*(file(b"ui/%d" % n, bytes(1 << 18)) for n in range(5))),
        BundleTooLarge,
        ("limit", "unpacked_bytes"),
        BundleLimits(unpacked_bytes=1 << 20, ratio=1_000_000),
    ),
    HostileArchive(
        "a-frame-that-declares-more-than-allowed",
        lambda: zstd.compress(file(b"a", bytes(3 << 20)) + END),
        BundleTooLarge,
        ("limit", "unpacked_bytes"),
        BundleLimits(unpacked_bytes=1 << 20, ratio=1_000_000),
    ),
    HostileArchive(
        "more-archive-bytes-than-allowed",
        lambda: archive(file(b"ui/noise", hashlib.shake_256(b"noise").digest(1 << 17))),
        BundleTooLarge,
        ("limit", "archive_bytes"),
        BundleLimits(archive_bytes=1 << 16),
    ),
    HostileArchive(
        "a-window-of-16-mib",
        lambda: compressed(file(b"a") + END, {zstd.CompressionParameter.window_log: 24}),
        BundleTooLarge,
        ("limit", "window_bytes"),
    ),
    HostileArchive(
        "a-single-segment-over-the-window",
        lambda: b"\x28\xb5\x2f\xfd\xa0" + (9 << 20).to_bytes(4, "little") + bytes(32),
        BundleTooLarge,
        ("limit", "window_bytes"),
    ),
]

HOSTILE_ARCHIVES = [*PATHS, *LENGTHS, *TYPES, *DUPLICATES, *DAMAGED, *TRAILING, *SIZES]
