"""The index of an archive, and files read by it."""

import hashlib
import io
from dataclasses import replace

import pytest

from annex_shared.bundle import BundleLimits, IndexedEntry, index_entries, read_indexed
from annex_shared.bundle.errors import BundleCorrupt, BundleDuplicateEntry
from annex_shared.content_hash import ContentHash
from support.hostile_archives import archive, file

LIMITS = BundleLimits()


def noise(name: str, size: int) -> bytes:
    """Make bytes that do not compress, so that they lie far apart in the archive."""
    return hashlib.shake_256(name.encode()).digest(size)


FILES = {
    "manifest.json": b"{}",
    "dist/main.wasm": noise("code", 300_000),
    "ui/empty.txt": b"",
    "ui/app.js": noise("app", 200_001),
    "ui/last.css": b"a{}",
}
ARCHIVE = archive(*(file(path.encode(), data) for path, data in FILES.items()))
INDEX = {entry.path: entry for entry in index_entries(io.BytesIO(ARCHIVE), LIMITS)}


def read(*paths: str, data: bytes = ARCHIVE) -> dict[str, bytes]:
    wanted = {path: INDEX[path] for path in paths}
    found: dict[str, bytes] = dict.fromkeys(paths, b"")
    for entry, part in read_indexed(io.BytesIO(data), wanted, LIMITS):
        found[entry.path] += part
    return found


def test_the_index_tells_every_file_in_archive_order_with_its_digest() -> None:
    told = [(entry.path, entry.size_bytes, entry.content_hash) for entry in INDEX.values()]

    assert told == [(path, len(data), ContentHash.of(data)) for path, data in FILES.items()]


def test_an_archive_that_breaks_a_rule_has_no_index() -> None:
    with pytest.raises(BundleDuplicateEntry):
        index_entries(io.BytesIO(archive(file(b"a"), file(b"A"))), LIMITS)


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_read_from_the_beginning_of_the_archive_that_its_entry_names(path: str) -> None:
    needed = ARCHIVE[: INDEX[path].archive_bytes]

    assert read(path, data=needed) == {path: FILES[path]}


def test_early_files_need_a_small_part_of_the_archive() -> None:
    needed = [entry.archive_bytes for entry in INDEX.values()]

    assert needed == sorted(needed)
    assert needed[0] < len(ARCHIVE) / 4
    assert needed[1] < len(ARCHIVE) * 3 / 4
    assert needed[-1] <= len(ARCHIVE)


def test_several_files_come_in_one_pass() -> None:
    assert read("ui/last.css", "ui/empty.txt", "ui/app.js") == {
        path: FILES[path] for path in ("ui/last.css", "ui/empty.txt", "ui/app.js")
    }


def test_nothing_wanted_reads_nothing() -> None:
    source = io.BytesIO(b"no archive")

    assert list(read_indexed(source, {}, LIMITS)) == []
    assert source.tell() == 0


def test_the_last_part_of_a_file_with_another_digest_is_not_given() -> None:
    entry = replace(INDEX["ui/app.js"], content_hash=ContentHash.of(b"other"))
    parts = read_indexed(io.BytesIO(ARCHIVE), {entry.path: entry}, LIMITS)
    given: list[bytes] = []

    with pytest.raises(BundleCorrupt):
        given.extend(part for _, part in parts)

    assert 0 < len(b"".join(given)) < entry.size_bytes


def test_a_file_that_is_not_there_is_a_fault() -> None:
    entry = IndexedEntry("ui/none", 1, ContentHash.of(b"x"), len(ARCHIVE))

    with pytest.raises(BundleCorrupt):
        list(read_indexed(io.BytesIO(ARCHIVE), {entry.path: entry}, LIMITS))
