import asyncio
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from annex_gateway.adapters.postgres.controls import PostgresControlsFeed
from annex_gateway.domain.control_changes import Author, WantedChange
from annex_gateway.domain.errors import ControlsChangedMeanwhile, ControlsUnavailable
from annex_shared.ids import PrincipalId, TenantId
from contracts.controls.conftest import Book

TENANT, OTHER_TENANT = TenantId(UUID(int=1)), TenantId(UUID(int=2))
AUTHOR = Author(PrincipalId(UUID(int=9)), "0123456789abcdef", "req_1", "because")
FIRST = WantedChange("tenant/1", TENANT, {"limits": {"cpu_ms": 1}}, AUTHOR, 0)


async def test_a_change_is_kept_with_who_why_and_what_was_before(book: Book) -> None:
    store, _ = book
    first = await store.record(FIRST)

    second = await store.record(replace(FIRST, document=None, expected=first.revision))

    assert (first.previous, first.before, first.document) == (0, None, FIRST.document)
    assert (second.previous, second.before, second.document) == (first.revision, FIRST.document, None)
    assert (second.author, second.tenant_id) == (AUTHOR, TENANT)
    assert await store.latest(["tenant/1", "tenant/2"]) == {"tenant/1": second}


async def test_saying_the_same_again_is_no_change(book: Book) -> None:
    store, _ = book
    first = await store.record(FIRST)

    assert await store.record(replace(FIRST, expected=None)) == first
    assert await store.record(FIRST) == first
    assert await store.history("tenant/1", before=None, limit=10) == [first]


async def test_of_many_changes_upon_one_revision_one_is_made(book: Book) -> None:
    store, _ = book
    wishes = [replace(FIRST, document={"limits": {"cpu_ms": number}}) for number in range(1, 7)]

    ends = await asyncio.gather(*(store.record(wish) for wish in wishes), return_exceptions=True)

    refused = [end for end in ends if isinstance(end, ControlsChangedMeanwhile)]
    (made,) = [end for end in ends if not isinstance(end, BaseException)]
    assert len(refused) == 5
    assert {end.details["revision"] for end in refused} == {made.revision}


async def test_who_expects_nothing_overrides_what_is_there(book: Book) -> None:
    store, _ = book
    await store.record(FIRST)

    made = await store.record(replace(FIRST, document={"is_entitled": False}, expected=None))

    assert made.before == FIRST.document


async def test_history_is_read_newest_first_page_by_page_and_by_target(book: Book) -> None:
    store, _ = book
    for number in range(1, 4):
        await store.record(replace(FIRST, document={"limits": {"cpu_ms": number}}, expected=None))
    await store.record(replace(FIRST, target="tenant/10", expected=None))

    page = await store.history("tenant/1", before=None, limit=2)
    rest = await store.history("tenant/1", before=page[-1].revision, limit=2)
    below = await store.history("tenant/", before=None, limit=10)

    assert [change.revision for change in [*page, *rest]] == [3, 2, 1]
    assert [change.target for change in below] == ["tenant/10", *["tenant/1"] * 3]


async def test_the_newest_of_each_target_below_a_prefix(book: Book) -> None:
    store, _ = book
    await store.record(replace(FIRST, target="stop/a", expected=None))
    gone = await store.record(replace(FIRST, target="stop/a", document=None, expected=None))
    other = await store.record(replace(FIRST, target="stop/b", tenant_id=OTHER_TENANT, expected=None))
    await store.record(replace(FIRST, target="stopped", expected=None))

    found = await store.latest_below("stop/")

    assert sorted(found, key=lambda change: change.revision) == [gone, other]


async def test_a_reader_sees_all_newest_changes_and_then_what_follows(book: Book) -> None:
    store, feed = book
    await store.record(FIRST)
    second = await store.record(replace(FIRST, document=None, expected=None))
    other = await store.record(replace(FIRST, target="platform", tenant_id=None, expected=None))

    async with feed.opened() as reader:
        everything = await reader.everything()
        third = await store.record(replace(FIRST, expected=None))
        following = await reader.after(other.revision, limit=10)

    assert (everything, following) == ([second, other], [third])
    assert third.revision > other.revision > second.revision


async def test_a_waiting_reader_is_told_of_a_change(book: Book) -> None:
    store, feed = book
    async with feed.opened() as reader, asyncio.timeout(15):
        waiting = asyncio.create_task(reader.wait(600))
        await asyncio.sleep(0)
        await store.record(FIRST)

        await waiting

        assert len(await reader.after(0, limit=10)) == 1


async def test_a_wait_without_news_ends(book: Book) -> None:
    _, feed = book
    async with feed.opened() as reader, asyncio.timeout(15):
        await reader.wait(0.01)

        assert await reader.after(0, limit=10) == []


@pytest.mark.parametrize(
    "rewriting",
    [
        "UPDATE gateway.control_change SET reason = 'x'",
        "DELETE FROM gateway.control_change",
        "TRUNCATE gateway.control_change",
    ],
    ids=["update", "delete", "truncate"],
)
@pytest.mark.parametrize("role", ["gateway_app", "annex"])
async def test_nobody_rewrites_the_history_in_the_database(
    postgres_url: str, rewriting: str, role: str
) -> None:
    connection = await asyncpg.connect(postgres_url.replace("//annex@", f"//{role}@"))
    try:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
            await connection.execute(rewriting)
    finally:
        await connection.close()


async def test_an_unreachable_database_is_named() -> None:
    feed = PostgresControlsFeed("postgresql://x@127.0.0.1:9/x", application="test", schema="gateway")

    with pytest.raises(ControlsUnavailable):
        async with feed.opened():
            pass
