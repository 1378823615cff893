from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug
from annex_shared.transparency import (
    ExtensionCreatedEntry,
    KeyChange,
    KeyRotatedEntry,
    LogEntry,
    LoggedBundle,
    VersionImportedEntry,
    VersionPublishedEntry,
    VersionStatus,
    VersionStatusEntry,
    leaf_hash,
    parse_entry,
)
from annex_shared.transparency.errors import EntryMalformed
from annex_shared.version_number import VersionNumber
from unit.shared.transparency.vectors import ENTRIES

GOLDEN_LEAVES = [
    "a0e466497fd3a8620bf0c65a64aad40ade8cad09e7a8cb5bbbacae7273ce9b4e",
    "e4a7eddc95707a618c1e5cc4f024ea93150fca28038f58b3572d2a702f330dd9",
    "063d5a3a4ab3fa9f5d0547d6f3e2f70960bef8a1776fd7aa6d44e9fa81ea96c8",
]
ACME = ExtensionRef.parse("acme/hello")
NOW = datetime(2026, 11, 20, 15, 0, 1, tzinfo=UTC)
BUNDLE = LoggedBundle(ContentHash.of(b"archive"), 7)
PUBLISHED = VersionPublishedEntry(
    time=NOW,
    extension=ACME,
    ext_seq=1,
    ext_prev=bytes.fromhex(GOLDEN_LEAVES[0]),
    version=VersionNumber("1.0.1"),
    bundle=BUNDLE,
    manifest_hash=ContentHash.of(b"{}"),
    signer="0123456789abcdef",
    signature=b"signed",
)

times = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001 - the zone is set next
    lambda time: time.replace(microsecond=0, tzinfo=UTC)
)
slugs = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True).filter(
    lambda slug: "--" not in slug
)
extensions = st.builds(
    ExtensionRef,
    slugs.map(PublisherSlug),
    st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?", fullmatch=True).map(ExtensionName),
)
versions = st.from_regex(
    r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]?)\.0(-[a-z][a-z0-9]{0,5})?(\+[a-z0-9]{1,6})?", fullmatch=True
).map(VersionNumber)
hashes = st.builds(ContentHash, st.binary(min_size=32, max_size=32))
bundles = st.builds(LoggedBundle, hashes, st.integers(1, 2**63 - 1))
key_ids = st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
common = {
    "time": times,
    "extension": extensions,
    "ext_seq": st.integers(0, 2**63 - 1),
    "ext_prev": st.none() | st.binary(min_size=32, max_size=32),
}
signed = {"signer": key_ids, "signature": st.none() | st.binary(min_size=1, max_size=100)}
entries: st.SearchStrategy[LogEntry] = st.one_of(
    st.builds(VersionPublishedEntry, **common, version=versions, bundle=bundles, manifest_hash=hashes),
    st.builds(
        VersionPublishedEntry, **common, **signed, version=versions, bundle=bundles, manifest_hash=hashes
    ),
    st.builds(
        VersionImportedEntry,
        **common,
        **signed,
        version=versions,
        bundles=st.lists(bundles, min_size=1, max_size=4).map(tuple),
        manifest_hash=hashes,
    ),
    st.builds(
        VersionStatusEntry,
        **common,
        version=versions,
        status=st.sampled_from(VersionStatus),
        reason_hash=hashes,
    ),
    st.builds(ExtensionCreatedEntry, **common),
    st.builds(
        KeyRotatedEntry,
        time=times,
        publisher=extensions.map(lambda extension: extension.publisher),
        pub_seq=st.integers(0, 2**63 - 1),
        pub_prev=st.none() | st.binary(min_size=32, max_size=32),
        key_id=key_ids,
        change=st.sampled_from(KeyChange),
    ),
)


@pytest.mark.parametrize("index", range(3))
def test_the_golden_entries_come_out(index: int) -> None:
    character, version = [(b"A", "1.0.0"), (b"B", "1.0.1"), (b"C", "1.1.0-rc.1")][index]
    entry = VersionPublishedEntry(
        time=datetime(2026, 11, 20, 15, 0, index, tzinfo=UTC),
        extension=ACME,
        ext_seq=index,
        ext_prev=bytes.fromhex(GOLDEN_LEAVES[index - 1]) if index else None,
        version=VersionNumber(version),
        bundle=LoggedBundle(ContentHash.of(character * 100_000), 100_000),
        manifest_hash=ContentHash.of(b"{}"),
    )

    assert entry.to_bytes() == ENTRIES[index]
    assert entry.leaf_hash().hex() == GOLDEN_LEAVES[index]
    assert parse_entry(ENTRIES[index]) == entry


@pytest.mark.parametrize(
    ("entry", "own_lines"),
    [
        (
            PUBLISHED,
            (
                f"version 1.0.1\nbundle {BUNDLE.content_hash} 7\nmanifest {ContentHash.of(b'{}')}\n"
                "signer 0123456789abcdef\nsignature c2lnbmVk\n"
            ),
        ),
        (
            VersionImportedEntry(
                time=NOW,
                extension=ACME,
                ext_seq=1,
                ext_prev=PUBLISHED.ext_prev,
                version=VersionNumber("1.0.0"),
                bundles=(BUNDLE, LoggedBundle(ContentHash.of(b"older"), 5)),
                manifest_hash=ContentHash.of(b"{}"),
            ),
            (
                f"version 1.0.0\nbundle {BUNDLE.content_hash} 7\nbundle {ContentHash.of(b'older')} 5\n"
                f"manifest {ContentHash.of(b'{}')}\n"
            ),
        ),
        (
            VersionStatusEntry(
                time=NOW,
                extension=ACME,
                ext_seq=1,
                ext_prev=PUBLISHED.ext_prev,
                version=VersionNumber("1.0.0"),
                status=VersionStatus.YANKED,
                reason_hash=ContentHash.of(b"it leaks"),
            ),
            f"version 1.0.0\nstatus yanked\nreason {ContentHash.of(b'it leaks')}\n",
        ),
        (ExtensionCreatedEntry(time=NOW, extension=ACME, ext_seq=1, ext_prev=PUBLISHED.ext_prev), ""),
    ],
    ids=lambda value: value.event if isinstance(value, LogEntry) else "",
)
def test_each_event_has_its_lines_in_their_order(entry: LogEntry, own_lines: str) -> None:
    assert entry.to_bytes().decode() == (
        f"annex-log/v1\nevent {entry.event}\ntime 2026-11-20T15:00:01Z\nextension acme/hello\next-seq 1\n"
        f"ext-prev oORmSX/TqGIL8MZaZKrUCt6MrQnnqMtbu6yucnPOm04=\n{own_lines}"
    )
    assert parse_entry(entry.to_bytes()) == entry


def test_a_key_is_a_fact_about_its_publisher() -> None:
    entry = KeyRotatedEntry(
        time=NOW,
        publisher=ACME.publisher,
        pub_seq=1,
        pub_prev=PUBLISHED.ext_prev,
        key_id="0123456789abcdef",
        change=KeyChange.REVOKED,
    )

    assert entry.to_bytes().decode() == (
        "annex-log/v1\nevent key.rotated\ntime 2026-11-20T15:00:01Z\npublisher acme\npub-seq 1\n"
        "pub-prev oORmSX/TqGIL8MZaZKrUCt6MrQnnqMtbu6yucnPOm04=\nkey-id 0123456789abcdef\nchange revoked\n"
    )
    assert parse_entry(entry.to_bytes()) == entry


@given(entries)
def test_every_entry_reads_back(entry: LogEntry) -> None:
    data = entry.to_bytes()

    assert parse_entry(data) == entry
    assert entry.leaf_hash() == leaf_hash(data)


def _facts_or_refusal(data: bytes) -> LogEntry | None:
    try:
        return parse_entry(data)
    except EntryMalformed:
        return None


@given(entries, st.data())
def test_changed_bytes_are_refused_or_other_facts(entry: LogEntry, data: st.DataObject) -> None:
    original = entry.to_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    changed = bytearray(original)
    changed[at] = data.draw(st.integers(0, 255).filter(lambda value: value != original[at]))

    other = _facts_or_refusal(bytes(changed))

    assert other != entry
    assert leaf_hash(bytes(changed)) != entry.leaf_hash()
    assert other is None or other.to_bytes() == changed


def test_no_bit_of_an_entry_is_without_meaning() -> None:
    original = PUBLISHED.to_bytes()

    for bit in range(len(original) * 8):
        changed = bytearray(original)
        changed[bit // 8] ^= 1 << bit % 8
        other = _facts_or_refusal(bytes(changed))
        assert other is None or (other != PUBLISHED and other.to_bytes() == changed)


LINES = PUBLISHED.to_bytes().decode().splitlines()


@pytest.mark.parametrize("at", range(len(LINES)))
def test_a_line_moved_repeated_or_left_out_is_refused(at: int) -> None:
    optional = {"signature"}
    moved = [*LINES[:at], *LINES[at + 1 :], LINES[at]]
    missing = [*LINES[:at], *LINES[at + 1 :]]
    damaged = [[*LINES[: at + 1], *LINES[at:]], moved, missing]

    for lines in damaged:
        is_allowed = lines == LINES or (lines == missing and LINES[at].split()[0] in optional)
        accepted = _facts_or_refusal("".join(f"{line}\n" for line in lines).encode())
        assert (accepted is not None) == is_allowed


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("annex-log/v1", "annex-log/v2"),
        ("event version.published", "event version.removed"),
        ("event version.published", "event extension.created"),
        ("event version.published", "event version.status"),
        ("time 2026-11-20T15:00:01Z", "time 2026-11-20T15:00:01+00:00"),
        ("time 2026-11-20T15:00:01Z", "time 2026-11-20T15:00:01.5Z"),
        ("time 2026-11-20T15:00:01Z", "time 2026-11-20T15:00:60Z"),
        ("time 2026-11-20T15:00:01Z", "time 2026-11-31T15:00:01Z"),
        ("time 2026-11-20T15:00:01Z", "time 2026-11-20T15:00:1Z"),
        ("time 2026-11-20T15:00:01Z", "time 2026-11-20 15:00:01Z"),
        ("extension acme/hello", "extension Acme/hello"),
        ("extension acme/hello", "extension acme.hello"),
        ("extension acme/hello", "extension acme/Hello"),
        ("extension acme/hello", "extension acme"),
        ("extension acme/hello", "extension acme/hello "),
        ("extension acme/hello", "extension  acme/hello"),
        ("extension acme/hello", "extension acm\u00e9/hello"),
        ("ext-seq 1", "ext-seq 01"),
        ("ext-seq 1", "ext-seq -1"),
        ("ext-seq 1", f"ext-seq {2**63}"),
        ("ext-seq 1", "ext-seq"),
        ("ext-prev oORm", "ext-prev -oORm"),
        ("04=", "05="),
        ("version 1.0.1", "version v1.0.1"),
        ("version 1.0.1", "version 1.0"),
        ("version 1.0.1", "version 1.0.01"),
        (" 7\n", " 0\n"),
        (" 7\n", " 07\n"),
        (" 7\n", "\n"),
        (" 7\n", " 7 7\n"),
        (" 7\n", f" 7\nbundle {ContentHash.of(b'older')} 5\n"),
        ("manifest sha256:4", "manifest sha512:4"),
        ("manifest sha256:44136f", "manifest sha256:44136F"),
        ("signer 0123456789abcdef", "signer 0123456789abcde"),
        ("signer 0123456789abcdef", "signer 0123456789ABCDEF"),
        ("signer 0123456789abcdef", "signer ../etc/passwd000"),
        ("signature c2lnbmVk", "signature "),
        ("signature c2lnbmVk", "signature c2lnbmVk\n"),
        ("signature c2lnbmVk", "signature c2lnbmVk\r"),
        ("signature c2lnbmVk", "signature c2lnbmVk\nnote hello"),
        ("signer 0123456789abcdef\n", ""),
    ],
)
def test_any_other_spelling_is_refused(line: str, other: str) -> None:
    text = PUBLISHED.to_bytes().decode()
    assert text.count(line) == 1

    with pytest.raises(EntryMalformed):
        parse_entry(text.replace(line, other).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"annex-log/v1",
        b"annex-log/v1\n",
        b"annex-log/v1\nevent version.published\n",
        ENTRIES[0][:-1],
        ENTRIES[0] + b"\n",
        ENTRIES[0] + ENTRIES[1],
        b"\n" + ENTRIES[0],
        b"\xef\xbb\xbf" + ENTRIES[0],
        ENTRIES[0].replace(b"\n", b"\r\n"),
        ENTRIES[0].replace(b" ", b"\t"),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(EntryMalformed):
        parse_entry(data)


@pytest.mark.parametrize(
    "entry",
    [
        replace(PUBLISHED, time=NOW.replace(tzinfo=None)),
        replace(PUBLISHED, time=NOW.replace(microsecond=1)),
        replace(PUBLISHED, time=NOW.astimezone(timezone(timedelta(hours=1)))),
        replace(PUBLISHED, extension=ExtensionRef(PublisherSlug("Acme"), ExtensionName("hello"))),
        replace(
            PUBLISHED, extension=ExtensionRef(PublisherSlug("acme"), ExtensionName("hello\nforged line"))
        ),
        replace(PUBLISHED, extension=ExtensionRef(PublisherSlug("acme"), ExtensionName("\ud800"))),
        replace(PUBLISHED, ext_seq=-1),
        replace(PUBLISHED, ext_seq=2**63),
        replace(PUBLISHED, ext_prev=b"short"),
        replace(PUBLISHED, version=VersionNumber("1.0.1\nmanifest x")),
        replace(PUBLISHED, version=VersionNumber("1")),
        replace(PUBLISHED, bundle=LoggedBundle(BUNDLE.content_hash, 0)),
        replace(PUBLISHED, signer="someone@example.org"),
        replace(PUBLISHED, signature=b""),
        replace(PUBLISHED, signer=None),
        replace(PUBLISHED, signature=bytes(65_535)),
    ],
)
def test_facts_without_a_spelling_are_not_written(entry: VersionPublishedEntry) -> None:
    with pytest.raises(EntryMalformed):
        entry.to_bytes()


def test_an_imported_version_has_at_least_one_bundle() -> None:
    entry = VersionImportedEntry(
        time=NOW,
        extension=ACME,
        ext_seq=0,
        ext_prev=None,
        version=VersionNumber("1.0.0"),
        bundles=(),
        manifest_hash=ContentHash.of(b"{}"),
    )

    assert parse_entry(replace(entry, bundles=(BUNDLE,)).to_bytes()) == replace(entry, bundles=(BUNDLE,))
    with pytest.raises(EntryMalformed):
        entry.to_bytes()


def test_an_entry_of_the_largest_size_reads_back_and_a_larger_one_is_refused() -> None:
    unsigned = replace(PUBLISHED, signature=None).to_bytes()
    groups = (65_535 - len(unsigned) - len(b"signature \n")) // 4
    largest = unsigned + b"signature " + b"AAAA" * groups + b"\n"

    assert 65_532 <= len(largest) <= 65_535
    assert parse_entry(largest).to_bytes() == largest
    with pytest.raises(EntryMalformed, match="larger"):
        parse_entry(largest.replace(b"signature ", b"signature AAAA"))
