import io
import tracemalloc

import pytest

from annex_shared.bundle import BundleEntry, BundleLimits, iter_entries, iter_streams
from annex_shared.bundle.errors import BundleTooLarge
from support.hostile_archives import GNU, archive, file, folder, header, pax

LIMITS = BundleLimits()


def _read(data: bytes, limits: BundleLimits = LIMITS) -> list[BundleEntry]:
    return list(iter_entries(io.BytesIO(data), limits))


def test_files_come_in_archive_order_with_their_content() -> None:
    data = archive(file(b"manifest.json", b"{}"), file(b"ui/index.html", b"<p>" * 500), file(b"ui/empty"))

    entries = _read(data)

    assert entries == [
        BundleEntry("manifest.json", b"{}"),
        BundleEntry("ui/index.html", b"<p>" * 500),
        BundleEntry("ui/empty", b""),
    ]


def test_a_leading_dot_slash_and_folders_are_what_gnu_tar_writes_and_are_accepted() -> None:
    data = archive(
        folder(b"./"), folder(b"./ui/"), folder(b"./ui/"), file(b"./ui/index.html", b"x", magic=GNU)
    )

    entries = _read(data)

    assert entries == [BundleEntry("ui/index.html", b"x")]


@pytest.mark.parametrize(
    "named",
    [
        file(b"index.html", b"x", prefix=b"ui"),
        pax((b"mtime", b"12.5"), (b"path", b"ui/index.html")) + file(b"truncated", b"x"),
        file(b"././@LongLink", b"ui/index.html\x00", kind=b"L", magic=GNU)
        + file(b"truncated", b"x", magic=GNU),
        file(b"ui/index.html", b"x", kind=b"\x00"),
    ],
    ids=["ustar-prefix", "pax-path", "gnu-long-name", "old-regular-type"],
)
def test_every_honest_way_to_name_a_file_is_read(named: bytes) -> None:
    data = archive(named)

    entries = _read(data)

    assert entries == [BundleEntry("ui/index.html", b"x")]


def test_padding_to_a_tape_record_is_accepted() -> None:
    data = archive(file(b"a", b"x"), end=bytes(10240))

    assert _read(data) == [BundleEntry("a", b"x")]


def test_zero_owner_bits_and_setuid_mean_nothing_because_nothing_is_extracted() -> None:
    setuid = file(b"a", b"x")[:100] + b"0006755\x00" + file(b"a", b"x")[108:]
    resealed = _with_checksum(setuid)

    assert _read(archive(resealed)) == [BundleEntry("a", b"x")]


def _with_checksum(member: bytes) -> bytes:
    blank = member[:148] + b" " * 8 + member[156:]
    return member[:148] + b"%06o\x00 " % sum(blank[:512]) + member[156:]


@pytest.mark.parametrize(
    "path", ["ui/-dash.js", "ui/.well-known/x", "ui/[...slug].js", "ui/console.js", "ui/é", "..x"]
)
def test_ordinary_names_are_accepted(path: str) -> None:
    assert _read(archive(file(path.encode()))) == [BundleEntry(path, b"")]


def test_limits_are_inclusive() -> None:
    path = "/".join(["d"] * 31 + ["f" * 10])
    limits = BundleLimits(entries=1, depth=32, path_bytes=len(path), segment_bytes=10)

    assert _read(archive(file(path.encode())), limits) == [BundleEntry(path, b"")]
    with pytest.raises(BundleTooLarge):
        _read(archive(file(path.encode() + b"g")), limits)


def test_a_megabyte_may_be_as_repetitive_as_it_likes() -> None:
    data = archive(file(b"a", bytes(1_000_000)))

    entries = _read(data)

    assert len(entries[0].data) == 1_000_000
    assert len(data) * 100 < 1_000_000


def test_a_stream_nobody_reads_is_skipped_to_the_next_entry() -> None:
    data = archive(file(b"a", b"1" * 70_000), file(b"b", b"2" * 70_000), file(b"c", b"3"))

    seen = [(stream.path, stream.read(1)) for stream in iter_streams(io.BytesIO(data), LIMITS)]

    assert seen == [("a", b"1"), ("b", b"2"), ("c", b"3")]


def test_a_large_file_passes_through_little_memory() -> None:
    limits = BundleLimits(ratio=1_000_000)
    source = io.BytesIO(archive(file(b"a", bytes(32 << 20))))
    seen = 0

    tracemalloc.start()
    for stream in iter_streams(source, limits):
        while part := stream.read(1 << 16):
            seen += len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seen == 32 << 20
    assert peak < 1 << 20


def test_content_of_a_whole_block_has_no_padding() -> None:
    data = archive(file(b"a", b"1" * 512), file(b"b", b"2"))

    assert [entry.data for entry in _read(data)] == [b"1" * 512, b"2"]


def test_an_archive_of_nothing_is_an_archive() -> None:
    assert _read(archive()) == []


def test_a_promised_size_is_refused_before_anything_is_read() -> None:
    limits = BundleLimits(unpacked_bytes=4096)
    source = io.BytesIO(archive(header(b"a", size=5000), end=b""))

    with pytest.raises(BundleTooLarge) as refused:
        list(iter_entries(source, limits))

    assert refused.value.details == {"limit": "unpacked_bytes", "maximum": 4096}
