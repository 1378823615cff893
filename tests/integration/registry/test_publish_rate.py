"""Publish rates: counted per principal for all replicas, and refused with the time to wait."""

import asyncio

from annex_shared.messaging.in_process import InProcessBus
from integration.registry.world import EVERYTHING, World, bundle, somebody


async def pass_time(world: World, seconds: float) -> None:
    """Let the database believe that the buckets were filled longer ago."""
    async with world.database() as connection:
        await connection.execute(
            "UPDATE token_bucket SET refilled_at = refilled_at - make_interval(secs => $1)", seconds
        )


async def test_attempts_over_the_burst_are_told_when_to_come_again(world: World, bus: InProcessBus) -> None:
    async with world.running(bus, publish_burst=2, publish_per_minute=1):
        await world.published(version="1.0.0")
        await world.published(version="1.1.0")
        key = await world.staged(bundle(version="1.2.0"))
        before = await world.facts()

        refused = await world.finalize(key)
        after_refusal = await world.facts()
        await pass_time(world, 60)
        repeated = await world.finalize(key)

    assert (refused.status, refused.code) == (429, "RATE_LIMITED")
    assert 55 <= int(refused.headers["retry-after"]) <= 60
    assert refused.body["details"]["action"] == "publish_version"
    assert after_refusal == before
    assert repeated.status == 200


async def test_a_bucket_never_holds_more_than_its_burst(world: World, bus: InProcessBus) -> None:
    async with world.running(bus, publish_burst=2, publish_per_minute=1):
        await world.published(version="1.0.0")
        await pass_time(world, 1_000_000)

        answers = [await world.publish(bundle(version=f"1.{minor}.0")) for minor in (1, 2, 3)]

    assert [answer.status for answer in answers] == [200, 200, 429]


async def test_a_refused_duplicate_counts_and_a_replay_does_not(world: World, bus: InProcessBus) -> None:
    async with world.running(bus, publish_burst=2, publish_per_minute=1):
        key = await world.staged(bundle())
        await world.finalize(key)
        replays = [await world.finalize(key) for _ in range(3)]
        duplicate = await world.publish(bundle(marker=b"other"))
        over = await world.publish(bundle(version="1.5.0"))

    assert [answer.status for answer in replays] == [200] * 3
    assert [duplicate.status, over.status] == [409, 429]


async def test_one_principals_rate_is_not_anothers(world: World, bus: InProcessBus) -> None:
    other = somebody(*EVERYTHING)
    async with world.running(bus, publish_burst=1, publish_per_minute=1):
        await world.published()
        member = {"principal_id": other.principal, "role": "member"}
        await world.ask("POST", "/api/v1/publishers/acme/members", member)

        mine = await world.publish(bundle(version="1.5.0"))
        theirs = await world.publish(bundle(version="1.5.0"), caller=other)

    assert [mine.status, theirs.status] == [429, 200]


async def test_new_extensions_have_a_rate_of_their_own(world: World, bus: InProcessBus) -> None:
    async with world.running(bus, new_extension_burst=2, new_extensions_per_hour=6):
        for name in ("one", "two"):
            await world.published(name=name)

        third = await world.publish(bundle(name="three"))
        version = await world.publish(bundle(name="one", version="1.5.0"))

    assert (third.status, third.code) == (429, "RATE_LIMITED")
    assert 590 <= int(third.headers["retry-after"]) <= 600
    assert third.body["details"]["action"] == "create_extension"
    assert version.status == 200


async def test_replicas_share_one_rate(world: World, bus: InProcessBus) -> None:
    async with world.running(bus, publish_burst=3, publish_per_minute=1):
        await world.published(version="1.0.0")
        keys = [await world.staged(bundle(version=f"1.{minor}.0")) for minor in range(1, 9)]
        first = world.url
        async with world.running(bus, publish_burst=3, publish_per_minute=1):
            second = world.url

            async def finalize(number: int, key: str) -> int:
                world.url = (first, second)[number % 2]
                return (await world.finalize(key)).status

            statuses = await asyncio.gather(*(finalize(number, key) for number, key in enumerate(keys)))

    assert sorted(statuses) == [200, 200, *[429] * 6]
