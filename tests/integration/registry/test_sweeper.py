"""The sweep: staged bytes nobody finalizes are removed, and attempts are forgotten after thirty days."""

from datetime import UTC, datetime, timedelta

import pytest

from annex_registry.actions.sweep_uploads import sweep_uploads
from annex_registry.adapters.bundles.directory import open_directory
from annex_registry.adapters.postgres.records import PostgresRecords
from annex_shared.clock import new_id
from annex_shared.postgres.pool import open_pool
from integration.registry.world import World, bundle


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self, ahead: timedelta) -> None:
        self._now = datetime.now(UTC) + ahead

    def now(self) -> datetime:
        return self._now


async def sweep(world: World, *, hours: float) -> int:
    bundles = open_directory(world.folder / "bundles", new_id=new_id)
    async with open_pool(world.app_url, application="test", schema="registry") as pool:
        clock = SetClock(timedelta(hours=hours))
        return await sweep_uploads(records=PostgresRecords(pool), bundles=bundles, clock=clock)


async def test_an_upload_is_kept_for_a_day_and_then_gone(registry: World) -> None:
    key = await registry.staged(bundle())
    early = await sweep(registry, hours=23)
    kept = registry.files()

    late = await sweep(registry, hours=25)

    answer = await registry.finalize(key)
    assert (early, len(kept), late, registry.files()) == (0, 1, 1, [])
    assert (answer.status, answer.code) == (410, "UPLOAD_EXPIRED")


async def test_a_published_bundle_is_never_swept(registry: World) -> None:
    await registry.published()

    swept = await sweep(registry, hours=24 * 29)

    assert swept == 0
    assert len(registry.files()) == 1


async def test_a_staged_object_that_could_not_be_removed_at_once_is_removed_later(registry: World) -> None:
    key = await registry.staged(bundle())
    staged = registry.folder / "bundles" / registry.files()[0]
    content = staged.read_bytes()
    await registry.finalize(key)
    staged.write_bytes(content)
    async with registry.database() as connection:
        await connection.execute("UPDATE upload_attempt SET may_have_object = true")

    swept = await sweep(registry, hours=0)

    assert swept == 1
    assert not staged.exists()
    assert (await registry.finalize(key)).status == 200


@pytest.mark.parametrize(("days", "status", "code"), [(29, 200, None), (31, 404, "UPLOAD_NOT_FOUND")])
async def test_an_answer_is_remembered_for_thirty_days(
    registry: World, days: int, status: int, code: str | None
) -> None:
    key = await registry.staged(bundle())
    await registry.finalize(key, headers={"Idempotency-Key": "once"})

    await sweep(registry, hours=24 * days)

    answer = await registry.finalize(key)
    assert (answer.status, answer.code) == (status, code)
    assert (await registry.facts())["extension_version"] == 1
