from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionRef
from annex_shared.transparency import (
    ExtensionCreatedEntry,
    ExtensionEntry,
    KeyChange,
    KeyRotatedEntry,
    LoggedBundle,
    VersionImportedEntry,
    VersionPublishedEntry,
    VersionStatus,
    VersionStatusEntry,
    leaf_hash,
    parse_entry,
    verify_chain,
    verify_key_chain,
)
from annex_shared.transparency.errors import ChainBroken, EntryMalformed
from annex_shared.version_number import VersionNumber
from unit.shared.transparency.vectors import ENTRIES

ACME = ExtensionRef.parse("acme/hello")
NOW = datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC)
HASH = ContentHash.of(b"archive")


def _published(version: str) -> ExtensionEntry:
    return VersionPublishedEntry(
        time=NOW,
        extension=ACME,
        ext_seq=0,
        ext_prev=None,
        version=VersionNumber(version),
        bundle=LoggedBundle(HASH, 7),
        manifest_hash=HASH,
    )


def _imported(version: str) -> ExtensionEntry:
    return VersionImportedEntry(
        time=NOW,
        extension=ACME,
        ext_seq=0,
        ext_prev=None,
        version=VersionNumber(version),
        bundles=(LoggedBundle(HASH, 7),),
        manifest_hash=HASH,
    )


def _status(version: str) -> ExtensionEntry:
    return VersionStatusEntry(
        time=NOW,
        extension=ACME,
        ext_seq=0,
        ext_prev=None,
        version=VersionNumber(version),
        status=VersionStatus.YANKED,
        reason_hash=HASH,
    )


CREATED = ExtensionCreatedEntry(time=NOW, extension=ACME, ext_seq=0, ext_prev=None)


def _key(change: KeyChange) -> KeyRotatedEntry:
    return KeyRotatedEntry(
        time=NOW, publisher=ACME.publisher, pub_seq=0, pub_prev=None, key_id="0" * 16, change=change
    )


def _linked(*entries: ExtensionEntry | KeyRotatedEntry) -> list[bytes]:
    chain: list[bytes] = []
    for entry in entries:
        previous = leaf_hash(chain[-1]) if chain else None
        if isinstance(entry, KeyRotatedEntry):
            entry = replace(entry, pub_seq=len(chain), pub_prev=previous)  # noqa: PLW2901 - the linked form of it
        else:
            entry = replace(entry, ext_seq=len(chain), ext_prev=previous)  # noqa: PLW2901 - the same
        chain.append(entry.to_bytes())
    return chain


HISTORY = _linked(
    CREATED, _imported("0.9.0"), _published("1.0.0"), _status("1.0.0"), _published("1.1.0-rc.1")
)


def _verify(entries: Sequence[bytes], head: bytes | None = None) -> tuple[ExtensionEntry, ...]:
    return verify_chain(entries, extension=ACME, head=head or leaf_hash(entries[-1]))


def _reason(entries: Sequence[bytes], head: bytes | None = None) -> object:
    with pytest.raises(ChainBroken) as refusal:
        _verify(entries, head)
    return refusal.value.details["reason"]


def test_a_whole_history_is_returned_as_its_entries() -> None:
    history = _verify(HISTORY)

    assert [entry.to_bytes() for entry in history] == HISTORY


def test_the_golden_entries_are_a_history() -> None:
    assert list(_verify(ENTRIES)) == [parse_entry(entry) for entry in ENTRIES]


@pytest.mark.parametrize("hidden", range(len(HISTORY) - 1))
def test_a_hidden_entry_is_a_gap(hidden: int) -> None:
    shown = [*HISTORY[:hidden], *HISTORY[hidden + 1 :]]

    assert _reason(shown) == "gap"


def test_a_hidden_entry_is_noticed_although_the_rest_is_renumbered() -> None:
    rest = [replace(_published("1.0.0"), ext_seq=1, ext_prev=_published("1.0.0").leaf_hash()).to_bytes()]

    assert _reason([HISTORY[0], *rest]) == "hidden"


@pytest.mark.parametrize("shown", range(len(HISTORY)))
def test_a_history_that_ends_early_is_noticed_by_its_head(shown: int) -> None:
    assert _reason(HISTORY[:shown], leaf_hash(HISTORY[-1])) == "head"


def test_a_replaced_entry_is_noticed_by_the_next() -> None:
    other = replace(parse_entry(HISTORY[2]), time=NOW.replace(hour=1)).to_bytes()

    assert _reason([*HISTORY[:2], other, *HISTORY[3:]]) == "hidden"
    assert _reason([*HISTORY[:2], other], leaf_hash(HISTORY[2])) == "head"


@pytest.mark.parametrize(
    "again", [_published("1.0.0"), _published("1.0.0+build"), _imported("1.0.0"), _imported("1.0.0+b")]
)
def test_a_version_number_spent_twice_is_noticed(again: ExtensionEntry) -> None:
    chain = _linked(_published("1.0.0"), _status("1.0.0"), again)

    assert _reason(chain) == "duplicate"
    assert len(_verify(chain[:2])) == 2


def test_versions_that_differ_are_no_duplicates() -> None:
    chain = _linked(_published("1.0.0-rc.1"), _published("1.0.0"), _published("1.0.1"), _status("1.0.0"))

    assert len(_verify(chain)) == 4


def test_an_entry_of_another_extension_is_noticed() -> None:
    stranger = replace(CREATED, extension=ExtensionRef.parse("acme/hello-2"))

    assert _reason(_linked(CREATED, stranger)) == "subject"


def test_the_first_entry_has_nothing_before_it() -> None:
    first = replace(CREATED, ext_prev=bytes(32)).to_bytes()

    assert _reason([first]) == "hidden"


def test_newest_first_is_not_the_order() -> None:
    assert _reason(HISTORY[::-1], leaf_hash(HISTORY[-1])) == "gap"


def test_bytes_that_are_no_entry_are_refused() -> None:
    with pytest.raises(EntryMalformed):
        _verify([*HISTORY, b"no entry"])


@given(st.permutations(range(len(HISTORY))), st.integers(0, len(HISTORY)))
def test_only_the_whole_history_in_order_verifies(order: list[int], count: int) -> None:
    chosen = order[:count]
    shown = [HISTORY[at] for at in chosen]

    if chosen == list(range(len(HISTORY))):
        assert len(_verify(shown)) == len(HISTORY)
    else:
        with pytest.raises(ChainBroken):
            _verify(shown, leaf_hash(HISTORY[-1]))


KEYS = _linked(_key(KeyChange.ADDED), _key(KeyChange.REVOKED))


def test_the_keys_of_a_publisher_are_a_chain_of_their_own() -> None:
    history = verify_key_chain(KEYS, publisher=ACME.publisher, head=leaf_hash(KEYS[-1]))

    assert [entry.change for entry in history] == [KeyChange.ADDED, KeyChange.REVOKED]


def test_a_hidden_key_breaks_the_chain_of_its_publisher() -> None:
    with pytest.raises(ChainBroken) as refusal:
        verify_key_chain(KEYS[1:], publisher=ACME.publisher, head=leaf_hash(KEYS[-1]))

    assert refusal.value.details["reason"] == "gap"


def test_a_key_of_the_publisher_is_no_link_of_an_extensions_chain() -> None:
    assert _reason([*_linked(CREATED), _key(KeyChange.ADDED).to_bytes()]) == "subject"
