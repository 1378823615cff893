from collections.abc import Sequence
from itertools import permutations

import pytest

from annex_shared.blocked_versions import BlockedVersions
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionStatusRecord
from support.version_statuses import a_status, page_of

HASH = ContentHash.of(b"the bundle")
STORY = [
    a_status("deprecated", serial=1, version_id="a", extension_id="e"),
    a_status("blocked", serial=2, version_id="a", extension_id="e"),
    a_status("active", serial=3, version_id="a", extension_id="e"),
    a_status("blocked", serial=4, version_id="a", extension_id="e"),
]


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_the_newest_fact_counts_in_any_order_of_arrival(length: int) -> None:
    expected = STORY[length - 1].status == "blocked"

    for order in permutations(STORY[:length] * 2, length):
        blocked = BlockedVersions()
        for record in (*order, STORY[length - 1]):
            blocked.apply(record)

        assert blocked.holds("e", HASH) is expected
        assert (blocked.reason("a") is not None) is expected


def test_a_late_answer_does_not_bring_a_lifted_block_back() -> None:
    blocked = BlockedVersions()

    blocked.apply(STORY[2])
    blocked.apply(STORY[1])

    assert blocked.reason("a") is None
    assert not blocked.holds("e", HASH)


def test_a_block_is_about_one_extension_and_one_bundle() -> None:
    blocked = BlockedVersions()

    blocked.apply(a_status("blocked", serial=1, version_id="a", extension_id="e"))

    assert blocked.holds("e", HASH)
    assert not blocked.holds("other", HASH)
    assert not blocked.holds("e", ContentHash.of(b"another"))
    assert blocked.reason("b") is None


async def test_catching_up_reads_every_page_and_goes_on_from_there() -> None:
    said = [a_status("blocked", serial=number, version_id=str(number)) for number in range(1, 1202)]
    asked: list[int] = []

    async def read(after: int, limit: int) -> Sequence[VersionStatusRecord]:
        asked.append(after)
        return page_of(said, after=after, limit=limit).items

    blocked = BlockedVersions()
    await blocked.catch_up(read)
    await blocked.catch_up(read)

    assert asked == [0, 500, 1000, 1201]
    assert blocked.reason("1201") == "It loses notes."
