"""Which bundle of a version counts, and how refusals are named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from annex_registry.domain.importation import RowRefused, code_of, newest_first
from annex_registry.domain.predecessor import SourceBundle
from annex_shared.bundle.errors import BundleTooLarge
from annex_shared.content_hash import ContentHash

MOMENT = datetime(2024, 3, 1, tzinfo=UTC)
BUNDLE = SourceBundle(str(ContentHash.of(b"one")), "", has_signature=False, created_at=MOMENT)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 5)),
        min_size=1,
    )
)
def test_the_newest_bundle_comes_first_and_of_equally_new_ones_the_largest_hash(
    drawn: list[tuple[int, int]],
) -> None:
    bundles = [
        replace(
            BUNDLE, created_at=MOMENT + timedelta(days=day), content_hash=str(ContentHash.of(bytes([number])))
        )
        for day, number in drawn
    ]

    ordered, unreadable = newest_first(bundles)

    places = [(named.source.created_at, named.content_hash.digest) for named in ordered]
    assert places == sorted(places, reverse=True)
    assert places[0] == max(
        (bundle.created_at, ContentHash.parse(bundle.content_hash).digest) for bundle in bundles
    )
    assert {str(named.content_hash) for named in ordered} == {bundle.content_hash for bundle in bundles}
    assert unreadable == []


def test_a_hash_is_read_with_and_without_its_prefix_and_in_capitals() -> None:
    digest = ContentHash.of(b"one").hex
    spellings = [f"sha256:{digest}", digest, digest.upper(), f" SHA256:{digest}"]

    ordered, unreadable = newest_first([replace(BUNDLE, content_hash=text) for text in spellings])

    assert ([named.content_hash for named in ordered], unreadable) == ([ContentHash.of(b"one")], [])


def test_what_is_no_hash_is_set_aside() -> None:
    bad = [replace(BUNDLE, content_hash=text) for text in ("", "deadbeef", "md5:" + "0" * 64, "é" * 64)]

    assert newest_first(bad) == ([], bad)


def test_a_refusal_has_the_code_it_has_in_the_api() -> None:
    assert code_of(BundleTooLarge("x")) == "BUNDLE_TOO_LARGE"
    assert code_of(RowRefused("MANIFEST_MISMATCH", "x")) == "MANIFEST_MISMATCH"
