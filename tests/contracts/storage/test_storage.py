"""What every keeper of extension storage promises."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest

from annex_runner_proxy.domain.storage import (
    Condition,
    Item,
    PageWish,
    Refusal,
    StorageOwner,
    StorageRefused,
    Usage,
    Write,
)
from annex_runner_proxy.domain.storage_rules import StorageLimits
from annex_shared.ids import InstallId
from contracts.storage.conftest import OTHER_TENANT, SECONDS, TENANT, OpensShelf, Shelf

ABSENT = Condition(is_absent=True)


async def refusal(work: Awaitable[object]) -> Refusal:
    with pytest.raises(StorageRefused) as refused:
        await work
    return refused.value.reason


# Writing and reading.


async def test_what_was_put_is_read_as_it_was(shelf: Shelf) -> None:
    value = bytes(range(256))

    put = await shelf.put("a", value, metadata='{"kind": "ü"}', ttl_seconds=60)

    now = shelf.clock.now()
    assert await shelf.get("a") == Item(
        "a", value, '{"kind": "ü"}', put.revision, now + timedelta(seconds=60), now
    )
    assert put.value == b""


async def test_nothing_is_read_where_nothing_was_put(shelf: Shelf) -> None:
    await shelf.put("a")

    assert await shelf.get("b") is None
    assert await shelf.get("a", at="other") is None


async def test_a_write_replaces_the_record_as_a_whole(shelf: Shelf) -> None:
    await shelf.put("a", b"one", metadata="{}", ttl_seconds=60)

    await shelf.put("a", b"two")

    found = await shelf.get("a")
    assert found is not None
    assert (found.value, found.metadata, found.expires_at) == (b"two", None, None)


async def test_revisions_only_grow_also_across_a_delete(shelf: Shelf) -> None:
    first = await shelf.put("a")
    await shelf.delete("a")
    second = await shelf.put("a")
    third = await shelf.put("a")

    assert first.revision < second.revision < third.revision


@pytest.mark.parametrize("key", ["x" * 256, "\U0001f512" * 256, "a b", "..", "\x7f\n", "Ä"])
async def test_every_key_within_the_limits_can_be_kept(shelf: Shelf, key: str) -> None:
    await shelf.put(key, at="n" * 128)

    assert await shelf.keys(at="n" * 128) == [key]
    await shelf.delete(key, at="n" * 128)
    assert await shelf.keys(at="n" * 128) == []


async def test_an_empty_value_is_a_value(shelf: Shelf) -> None:
    await shelf.put("a", b"")

    found = await shelf.get("a")
    assert found is not None
    assert found.value == b""


async def test_the_largest_value_and_metadata_can_be_kept(open_shelf: OpensShelf) -> None:
    limits = StorageLimits()
    shelf = open_shelf(limits)
    metadata = '"' + "m" * (limits.metadata_bytes - 2) + '"'

    await shelf.put("a", b"v" * limits.value_bytes, metadata=metadata)

    assert await shelf.usage() == Usage(limits.value_bytes + limits.metadata_bytes, 1, 1)


async def test_installs_and_tenants_do_not_see_each_other(shelf: Shelf) -> None:
    await shelf.put("a", b"mine")
    neighbours = [
        shelf.of(StorageOwner(TENANT, InstallId(uuid4()))),
        shelf.of(StorageOwner(OTHER_TENANT, shelf.owner.install_id)),
    ]

    for neighbour in neighbours:
        assert await neighbour.get("a") is None
        assert await neighbour.keys() == []
        assert await refusal(neighbour.delete("a")) is Refusal.MISSING
        await neighbour.put("a", b"theirs")

    mine = await shelf.get("a")
    assert mine is not None
    assert mine.value == b"mine"
    assert await shelf.usage() == Usage(4, 1, 1)


# Conditions.


async def test_create_if_absent_succeeds_once(shelf: Shelf) -> None:
    await shelf.put("a", b"one", ABSENT)

    assert await refusal(shelf.put("a", b"two", ABSENT)) is Refusal.CONFLICT
    found = await shelf.get("a")
    assert found is not None
    assert found.value == b"one"


async def test_compare_and_swap_takes_the_revision_last_seen_only(shelf: Shelf) -> None:
    first = await shelf.put("a")
    second = await shelf.put("a", b"two", Condition(revision=first.revision))

    stale = shelf.put("a", b"three", Condition(revision=first.revision))

    assert await refusal(stale) is Refusal.CONFLICT
    assert await refusal(shelf.put("b", b"", Condition(revision=second.revision))) is Refusal.CONFLICT


async def test_delete_and_create_again_does_not_fool_a_swap(shelf: Shelf) -> None:
    seen = await shelf.put("a", b"seen")
    await shelf.delete("a")
    await shelf.put("a", b"another")

    assert await refusal(shelf.put("a", b"mine", Condition(revision=seen.revision))) is Refusal.CONFLICT


async def test_a_refused_write_uses_no_revision_and_is_no_effect(shelf: Shelf) -> None:
    first = await shelf.put("a")
    await refusal(shelf.put("a", b"", ABSENT))
    await refusal(shelf.delete("a", Condition(revision=99)))
    await refusal(shelf.delete("b"))

    second = await shelf.put("a")

    assert second.revision == first.revision + 1
    assert shelf.effects == 2


async def test_a_delete_heeds_its_condition(shelf: Shelf) -> None:
    put = await shelf.put("a")

    assert await refusal(shelf.delete("a", ABSENT)) is Refusal.CONFLICT
    await shelf.delete("a", Condition(revision=put.revision))
    assert await refusal(shelf.delete("a", Condition(revision=put.revision))) is Refusal.MISSING
    assert shelf.effects == 2


async def test_of_many_who_swap_at_once_one_wins_each_time(shelf: Shelf) -> None:
    seen = await shelf.put("a", b"0")

    for turn in range(3):
        attempts = [shelf.put("a", bytes([turn, n]), Condition(revision=seen.revision)) for n in range(8)]
        answers = await asyncio.gather(*attempts, return_exceptions=True)
        (won,) = [answer for answer in answers if isinstance(answer, Item)]
        lost = [answer for answer in answers if isinstance(answer, StorageRefused)]
        assert [one.reason for one in lost] == [Refusal.CONFLICT] * 7
        seen = won


async def test_of_many_who_create_at_once_one_wins(shelf: Shelf) -> None:
    attempts = [shelf.put("a", bytes([n]), ABSENT) for n in range(8)]

    answers = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(answer, Item) for answer in answers) == 1
    assert await shelf.usage() == Usage(1, 1, 1)


# Batches.


async def test_a_batch_is_written_whole(shelf: Shelf) -> None:
    await shelf.put("b", b"old")

    items = await shelf.put_all([Write("a", b"1"), Write("b", b"22"), Write("c", b"")])

    assert [item.key for item in items] == ["a", "b", "c"]
    assert sorted({item.revision for item in items}) == [item.revision for item in items]
    assert await shelf.keys() == ["a", "b", "c"]
    assert await shelf.usage() == Usage(3, 3, 1)


@pytest.mark.parametrize(
    "spoiler",
    [
        Write("b", b"", condition=ABSENT),
        Write("b", b"", condition=Condition(revision=999)),
        Write("x", b"", condition=Condition(revision=1)),
        Write("b", b"v" * 1_001),
    ],
    ids=["present", "stale", "absent", "too much"],
)
async def test_one_refused_write_refuses_the_batch(shelf: Shelf, spoiler: Write) -> None:
    await shelf.put("b", b"old")

    await refusal(shelf.put_all([Write("a", b"1"), spoiler, Write("c", b"3")]))

    assert await shelf.keys() == ["b"]
    assert await shelf.usage() == Usage(3, 1, 1)
    assert shelf.effects == 1


# Expiry.


async def test_an_expired_record_is_missing_at_once(shelf: Shelf) -> None:
    await shelf.put("a", ttl_seconds=60)
    await shelf.put("b", ttl_seconds=61)
    shelf.clock.move(59)
    before = await shelf.keys()
    shelf.clock.move(1)

    assert before == ["a", "b"]
    assert await shelf.get("a") is None
    assert await shelf.keys() == ["b"]
    assert await refusal(shelf.delete("a")) is Refusal.MISSING


async def test_an_expired_key_can_be_created_again_and_not_swapped(shelf: Shelf) -> None:
    seen = await shelf.put("a", ttl_seconds=60)
    shelf.clock.move(60)

    assert await refusal(shelf.put("a", b"", Condition(revision=seen.revision))) is Refusal.CONFLICT
    again = await shelf.put("a", b"again", ABSENT)

    assert again.revision > seen.revision
    assert await shelf.usage() == Usage(5, 1, 1)


async def test_sweeping_removes_the_expired_and_counts_them_off(shelf: Shelf) -> None:
    await shelf.put("a", b"12", ttl_seconds=60)
    await shelf.put("b", b"3", ttl_seconds=60, at="other")
    await shelf.put("c", b"456")
    shelf.clock.move(60)
    owners = await shelf.sweeps.with_expired(now=shelf.clock.now(), limit=10_000)

    removed = await shelf.sweeps.remove_expired(shelf.owner, now=shelf.clock.now(), limit=100)

    assert shelf.owner in owners
    assert removed == 2
    assert await shelf.usage() == Usage(3, 1, 1)
    assert await shelf.keys() == ["c"]


async def test_sweeping_keeps_to_its_limit(shelf: Shelf) -> None:
    for key in "abc":
        await shelf.put(key, ttl_seconds=60)
    shelf.clock.move(60)

    rounds = [
        await shelf.sweeps.remove_expired(shelf.owner, now=shelf.clock.now(), limit=2) for _ in range(3)
    ]

    assert rounds == [2, 1, 0]
    assert await shelf.usage() == Usage()


# Quotas.


async def test_the_last_namespace_key_and_byte_can_be_had_and_no_more(shelf: Shelf) -> None:
    for at in ("one", "two", "three"):
        await shelf.put("k", b"", at=at)
    for number in range(4):
        await shelf.put(f"key-{number}", b"", at="one")
    await shelf.put("k", b"v" * 1_000, at="two")

    assert await refusal(shelf.put("k", b"", at="four")) is Refusal.QUOTA_EXCEEDED
    assert await refusal(shelf.put("another", b"", at="one")) is Refusal.QUOTA_EXCEEDED
    assert await refusal(shelf.put("k", b"v", at="one")) is Refusal.QUOTA_EXCEEDED
    assert await shelf.usage() == Usage(1_000, 7, 3)


async def test_whoever_is_at_a_limit_may_replace_shrink_and_delete(shelf: Shelf) -> None:
    await shelf.put("a", b"v" * 1_000)

    await shelf.put("a", b"w" * 1_000)
    await shelf.put("a", b"w" * 999)
    await shelf.put("b", b"w")
    await shelf.delete("a")

    assert await shelf.usage() == Usage(1, 1, 1)


async def test_metadata_counts_as_bytes(shelf: Shelf) -> None:
    await shelf.put("a", b"", metadata='"ü"')

    assert await shelf.usage() == Usage(4, 1, 1)
    assert await refusal(shelf.put("b", b"v" * 997)) is Refusal.QUOTA_EXCEEDED


async def test_what_has_expired_makes_way_before_it_is_swept(shelf: Shelf) -> None:
    for number in range(5):
        await shelf.put(f"key-{number}", b"v" * 200, ttl_seconds=60)
    refused = await refusal(shelf.put("new", b"v" * 200))
    shelf.clock.move(60)

    await shelf.put("new", b"v" * 200)

    assert refused is Refusal.QUOTA_EXCEEDED
    assert await shelf.keys() == ["new"]


async def test_an_emptied_namespace_is_none(shelf: Shelf) -> None:
    for number in range(6):
        await shelf.put("k", b"", at=f"namespace-{number}")
        await shelf.delete("k", at=f"namespace-{number}")

    assert await shelf.usage() == Usage()


async def test_counters_are_exact_after_a_storm(open_shelf: OpensShelf) -> None:
    shelf = open_shelf(StorageLimits(keys_per_namespace=6, total_bytes=2_000))

    async def client(number: int) -> None:
        for turn in range(10):
            key, at = f"key-{(number + turn) % 8}", f"namespace-{turn % 2}"
            work = (
                shelf.delete(key, at=at)
                if (number * turn) % 3 == 1
                else shelf.put(key, b"v" * (number * 37 + turn), at=at)
            )
            with suppress(StorageRefused):
                await work

    await asyncio.gather(*(client(number) for number in range(8)))

    found = {
        at: await shelf.storage.page(shelf.owner, at, PageWish(100), seconds=SECONDS)
        for at in ("namespace-0", "namespace-1")
    }
    items = [item for page in found.values() for item in page]
    assert items
    assert await shelf.usage() == Usage(
        sum(len(item.value) for item in items), len(items), sum(bool(page) for page in found.values())
    )
    assert len({item.revision for item in items}) == len(items)


# Pages.


async def test_keys_are_listed_in_the_order_of_their_bytes(open_shelf: OpensShelf) -> None:
    shelf = open_shelf(StorageLimits())
    keys = ["B", "a", "Z", "\uffee", "\U0001f512", "a-b", "ab", "é", "e\u0301"]
    for key in keys:
        await shelf.put(key)

    assert await shelf.keys() == sorted(keys, key=lambda key: key.encode())


async def test_pages_show_every_key_once(shelf: Shelf) -> None:
    for key in "edcba":
        await shelf.put(key)
    seen: list[str] = []

    while page := await shelf.keys(limit=2, after=seen[-1] if seen else ""):
        seen += page

    assert seen == ["a", "b", "c", "d", "e"]


async def test_a_page_goes_on_where_its_key_was_although_it_is_gone(shelf: Shelf) -> None:
    for key in "abc":
        await shelf.put(key)
    await shelf.delete("b")

    assert await shelf.keys(after="b") == ["c"]


@pytest.mark.parametrize("prefix", ["a%", "a_", "a\\", "\U0001f512"])
async def test_a_prefix_is_taken_as_it_is_written(shelf: Shelf, prefix: str) -> None:
    await shelf.put(f"{prefix}1")
    await shelf.put(f"{prefix}2")
    await shelf.put("a1")

    assert await shelf.keys(prefix=prefix) == [f"{prefix}1", f"{prefix}2"]
    assert await shelf.keys(prefix=prefix, after=f"{prefix}1") == [f"{prefix}2"]


async def test_a_page_can_do_without_values(shelf: Shelf) -> None:
    await shelf.put("a", b"value", metadata="{}")

    (item,) = await shelf.storage.page(shelf.owner, "notes", PageWish(10, with_values=False), seconds=SECONDS)

    assert (item.value, item.metadata) == (b"", "{}")


# Installs that are gone.


async def _gone_since(shelf: Shelf) -> list[object]:
    stored = await shelf.sweeps.stored(after=None, limit=100_000)
    return [one.gone_since for one in stored if one.owner == shelf.owner]


async def test_the_first_time_an_install_was_gone_is_kept_until_it_is_back(shelf: Shelf) -> None:
    await shelf.put("a")
    first = shelf.clock.now()
    await shelf.sweeps.note_gone(shelf.owner, since=first)
    shelf.clock.move(60)
    await shelf.sweeps.note_gone(shelf.owner, since=shelf.clock.now())
    kept = await _gone_since(shelf)
    await shelf.sweeps.note_gone(shelf.owner, since=None)

    assert kept == [first]
    assert await _gone_since(shelf) == [None]


async def test_nothing_is_purged_of_an_install_that_is_not_gone_long_enough(shelf: Shelf) -> None:
    await shelf.put("a")
    there = await shelf.sweeps.purge(shelf.owner, gone_before=shelf.clock.now(), limit=10)
    await shelf.sweeps.note_gone(shelf.owner, since=shelf.clock.now())
    cutoff = shelf.clock.now() - timedelta(seconds=1)

    assert not there
    assert not await shelf.sweeps.purge(shelf.owner, gone_before=cutoff, limit=10)
    assert await shelf.keys() == ["a"]


async def test_purging_removes_piece_by_piece_and_leaves_nothing(shelf: Shelf) -> None:
    for key in "abc":
        await shelf.put(key, at="one")
    await shelf.put("d", at="two")
    neighbour = shelf.of(StorageOwner(TENANT, InstallId(uuid4())))
    await neighbour.put("a")
    await shelf.sweeps.note_gone(shelf.owner, since=shelf.clock.now())

    pieces = [await shelf.sweeps.purge(shelf.owner, gone_before=shelf.clock.now(), limit=3) for _ in range(2)]

    assert pieces == [False, True]
    assert await shelf.usage() == Usage()
    assert await _gone_since(shelf) == []
    assert await neighbour.keys() == ["a"]


async def test_what_is_stored_is_listed_page_by_page(shelf: Shelf) -> None:
    neighbours = [shelf.of(StorageOwner(TENANT, InstallId(uuid4()))) for _ in range(3)]
    for neighbour in neighbours:
        await neighbour.put("a")
    seen: list[StorageOwner] = []

    while page := await shelf.sweeps.stored(after=seen[-1] if seen else None, limit=2):
        seen += [one.owner for one in page]

    assert len(seen) == len(set(seen))
    assert {neighbour.owner for neighbour in neighbours} <= set(seen)
