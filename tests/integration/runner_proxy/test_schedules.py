"""Schedules over a real database: what may be kept, when it runs, and what a crash leaves."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from annex_runner_proxy.actions.dispatch_next import dispatch_next
from annex_runner_proxy.actions.schedules import change_schedule, delete_schedule, find_schedule, run_now
from annex_runner_proxy.actions.subscriptions import follow_subscriptions
from annex_runner_proxy.domain.errors import (
    ScheduleLimitReached,
    ScheduleNameTaken,
    ScheduleNotFound,
    ScheduleRateLimited,
    ScheduleStillRunning,
)
from annex_runner_proxy.domain.schedules import MAX_SCHEDULES, Endpoint, ScheduleWish
from annex_runner_proxy.loops.dispatching import forget_uninstalled
from integration.runner_proxy.keeping import AWAY, BROKEN, NOON, OK, Keeping, as_app, keeping_in
from unit.runner_proxy.fakes import OTHER_TENANT


async def test_a_due_schedule_runs_once_and_its_run_is_recorded(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install, payload='{"full": true}', name="hourly")
    keeping.clock.move(hours=1)

    planned = await keeping.plan()
    again = await keeping.plan()
    await keeping.send_all()

    (run,) = await keeping.runs(schedule, install)
    sent = keeping.gateway.seen[0].dispatch
    assert (planned, again) == (1, 0)
    assert (run.state, run.status, run.cause, run.due_at) == (
        "succeeded",
        200,
        "clock",
        NOON + timedelta(hours=1),
    )
    assert [attempt.outcome for attempt in run.attempts] == ["succeeded"]
    assert (sent.method, sent.path, sent.body, str(sent.id)) == ("POST", "/sync", '{"full":true}', run.id)
    after = await find_schedule(schedule.id, install, ports=keeping.ports)
    assert (after.last_run_status, after.next_run_at) == ("succeeded", NOON + timedelta(hours=2))


async def test_times_missed_while_the_service_was_down_run_once(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.clock.move(hours=30, minutes=10)

    await keeping.plan()
    await keeping.send_all()

    assert len(await keeping.runs(schedule, install)) == 1
    after = await find_schedule(schedule.id, install, ports=keeping.ports)
    assert after.next_run_at == NOON + timedelta(hours=31)


async def test_replicas_share_the_work_and_repeat_none_of_it(keeping: Keeping, kept_url: str) -> None:
    install = keeping.installed()
    schedules = [await keeping.schedule(install) for _ in range(5)]
    keeping.clock.move(hours=1)
    async with keeping_in(kept_url) as other:
        other.installs.apply(install)
        other.records.installs[install.install_id] = install
        other.clock.move(hours=1)
        planned = await asyncio.gather(keeping.plan(), other.plan())
        await asyncio.gather(*(one.send_all() for one in (keeping, other, keeping, other)))
        sent = [lease.dispatch.id for lease in (*keeping.gateway.seen, *other.gateway.seen)]

    assert sum(planned) == 5
    assert len(sent) == len(set(sent)) == 5
    for schedule in schedules:
        assert [run.state for run in await keeping.runs(schedule, install)] == ["succeeded"]


async def test_a_schedule_does_not_overlap_itself(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install, cron="*/5 * * * *")
    keeping.clock.move(minutes=5)
    await keeping.plan()
    keeping.gateway.always = AWAY
    await keeping.send_all()
    keeping.clock.move(minutes=5)

    await keeping.plan()
    with pytest.raises(ScheduleStillRunning):
        await run_now(schedule.id, install, ports=keeping.ports)

    assert [run.state for run in await keeping.runs(schedule, install)] == ["skipped", "waiting"]


async def test_an_attempt_of_a_killed_process_is_lost_and_made_again(keeping: Keeping, kept_url: str) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.clock.move(hours=1)
    await keeping.plan()
    now = keeping.clock.now()
    async with keeping_in(kept_url) as killed:
        lease = await killed.dispatches.claim(now=now, owner=killed.owner, until=now + timedelta(seconds=90))
    assert lease is not None

    held = await dispatch_next(ports=keeping.sending)
    keeping.clock.move(seconds=91)
    taken = await dispatch_next(ports=keeping.sending)

    (run,) = await keeping.runs(schedule, install)
    assert (held, taken) == (False, True)
    assert [attempt.outcome for attempt in run.attempts] == ["lost", "succeeded"]
    assert {str(seen.dispatch.id) for seen in keeping.gateway.seen} == {run.id}


async def test_who_lost_the_lease_writes_nothing(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.clock.move(hours=1)
    await keeping.plan()
    now = keeping.clock.now()
    slow = await keeping.dispatches.claim(now=now, owner=keeping.owner, until=now + timedelta(seconds=1))
    assert slow is not None
    keeping.clock.move(seconds=2)
    keeping.gateway.always = BROKEN
    await dispatch_next(ports=keeping.sending)
    from annex_runner_proxy.domain.dispatches import judge  # noqa: PLC0415 - only this test plays the slow one

    verdict = judge(slow, OK, now=keeping.clock.now(), policy=keeping.policy)
    is_ours = await keeping.dispatches.settle(slow, OK, verdict, now=keeping.clock.now(), pause_after=10)

    (run,) = await keeping.runs(schedule, install)
    assert not is_ours
    assert (run.state, run.status) == ("waiting", 500)


async def test_a_process_that_dies_each_time_ends_the_run_within_the_budget(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.clock.move(hours=1)
    await keeping.plan()
    for _ in range(keeping.policy.schedule_attempts):
        now = keeping.clock.now()
        await keeping.dispatches.claim(now=now, owner=keeping.owner, until=now + timedelta(seconds=1))
        keeping.clock.move(seconds=2)

    await keeping.send_all()

    (run,) = await keeping.runs(schedule, install)
    assert (run.state, run.error_code) == ("failed", "ATTEMPT_LOST")
    assert keeping.gateway.seen == []


async def test_a_failed_attempt_is_made_again_later_with_the_same_key(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.gateway.answers = [BROKEN]
    keeping.clock.move(hours=1)
    await keeping.plan()
    await keeping.send_all()
    too_early = await keeping.send_all()
    keeping.clock.move(seconds=15)

    await keeping.send_all()

    (run,) = await keeping.runs(schedule, install)
    assert too_early == 0
    assert [attempt.outcome for attempt in run.attempts] == ["failed", "succeeded"]
    assert len({lease.dispatch.id for lease in keeping.gateway.seen}) == 1


async def test_a_gateway_that_is_away_uses_up_no_attempt(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.gateway.answers = [AWAY] * 10
    keeping.clock.move(hours=1)
    await keeping.plan()
    for _ in range(11):
        await keeping.send_all()
        keeping.clock.move(seconds=15)

    (run,) = await keeping.runs(schedule, install)
    assert (run.state, len(run.attempts)) == ("succeeded", 11)


async def test_a_schedule_is_paused_after_many_failures_and_enabled_again_by_hand(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.policy = replace(keeping.policy, pause_after_failures=2, schedule_attempts=1)
    keeping.gateway.always = BROKEN
    for _ in range(4):
        keeping.clock.move(hours=1)
        await keeping.plan()
        await keeping.send_all()

    paused = await find_schedule(schedule.id, install, ports=keeping.ports)
    runs = await keeping.runs(schedule, install)
    wish = ScheduleWish(is_enabled=True)
    enabled = await change_schedule(schedule.id, wish, install, ports=keeping.ports)

    assert len(runs) == 2
    assert (paused.is_enabled, paused.next_run_at) == (False, None)
    assert paused.paused_reason is not None
    assert (enabled.is_enabled, enabled.paused_reason) == (True, None)
    assert enabled.next_run_at == keeping.clock.now() + timedelta(hours=1)


async def test_a_version_without_the_endpoint_pauses_the_schedule(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.versions.endpoints = [Endpoint("GET", "/sync")]
    keeping.clock.move(hours=1)

    await keeping.plan()

    paused = await find_schedule(schedule.id, install, ports=keeping.ports)
    assert not paused.is_enabled
    assert "POST /sync" in str(paused.paused_reason)
    assert await keeping.runs(schedule, install) == []


async def test_an_upgrade_pauses_what_it_left_without_endpoint_before_it_is_due(keeping: Keeping) -> None:
    install = keeping.installed()
    keeping.versions.endpoints = [Endpoint("POST", "/sync"), Endpoint("GET", "/sync")]
    left, kept = (
        await keeping.schedule(install, endpoint="POST /sync"),
        await keeping.schedule(install, endpoint="GET /sync"),
    )
    keeping.versions.endpoints = [Endpoint("GET", "/sync")]
    upgraded = keeping.installed(install_id=install.install_id, revision=2)

    await follow_subscriptions(upgraded, ports=keeping.following)

    paused = await find_schedule(left.id, upgraded, ports=keeping.ports)
    going_on = await find_schedule(kept.id, upgraded, ports=keeping.ports)
    assert (paused.is_enabled, paused.next_run_at) == (False, None)
    assert "POST /sync" in str(paused.paused_reason)
    assert going_on.is_enabled


async def test_nothing_runs_while_the_install_is_disabled_and_nothing_is_made_up(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.installed(install_id=install.install_id, revision=2, is_enabled=False)
    keeping.clock.move(hours=5)
    await keeping.plan()
    enabled = keeping.installed(install_id=install.install_id, revision=3)
    before = await keeping.runs(schedule, enabled)

    keeping.clock.move(hours=1)
    await keeping.plan()

    (run,) = await keeping.runs(schedule, enabled)
    assert before == []
    assert run.due_at == NOON + timedelta(hours=6)


async def test_an_uninstalled_extension_leaves_nothing_behind(keeping: Keeping) -> None:
    install, other = keeping.installed(), keeping.installed()
    schedule, kept = await keeping.schedule(install), await keeping.schedule(other)
    keeping.clock.move(hours=1)
    await keeping.plan()
    keeping.uninstall(install)

    gone = await forget_uninstalled(keeping.dispatches, keeping.installs, keeping.records)

    assert gone == [str(install.install_id)]
    assert await keeping.runs(schedule, install) == []
    assert await keeping.ports.schedules.of_install(install) == []
    assert len(await keeping.runs(kept, other)) == 1


async def test_an_uninstall_that_nobody_told_is_noticed_when_it_is_due(keeping: Keeping) -> None:
    install = keeping.installed()
    await keeping.schedule(install)
    keeping.uninstall(install)
    keeping.clock.move(hours=1)

    assert await keeping.plan() == 0
    assert await keeping.ports.schedules.of_install(install) == []


async def test_a_registry_that_is_away_delays_planning_and_loses_nothing(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.installs.forget(install.install_id, revision=0)
    keeping.uninstall(install)
    keeping.records.is_away = True
    keeping.clock.move(hours=1)
    delayed = await keeping.plan()
    keeping.records.is_away = False
    keeping.records.installs[install.install_id] = install

    assert (delayed, await keeping.plan()) == (0, 1)
    assert len(await keeping.runs(schedule, install)) == 1


async def test_an_install_has_at_most_fifty_schedules(keeping: Keeping) -> None:
    install = keeping.installed()
    for made in range(MAX_SCHEDULES):
        if made % 10 == 0:
            keeping.clock.move(minutes=1)
        await keeping.schedule(install)
    keeping.clock.move(minutes=1)

    with pytest.raises(ScheduleLimitReached):
        await keeping.schedule(install)


async def test_changes_are_limited_each_minute_over_all_replicas(keeping: Keeping, kept_url: str) -> None:
    install = keeping.installed()
    for _ in range(5):
        await keeping.schedule(install)
    async with keeping_in(kept_url) as other:
        for _ in range(5):
            await other.schedule(install)
        with pytest.raises(ScheduleRateLimited):
            await other.schedule(install)
    with pytest.raises(ScheduleRateLimited):
        await keeping.schedule(install)
    keeping.clock.move(minutes=1)

    assert (await keeping.schedule(install)).is_enabled


async def test_a_name_is_free_once_in_an_install(keeping: Keeping) -> None:
    install, other = keeping.installed(), keeping.installed()
    first = await keeping.schedule(install, name="nightly")
    second = await keeping.schedule(install, name="weekly")
    await keeping.schedule(other, name="nightly")

    with pytest.raises(ScheduleNameTaken):
        await keeping.schedule(install, name="nightly")
    with pytest.raises(ScheduleNameTaken):
        await change_schedule(second.id, ScheduleWish(name="nightly"), install, ports=keeping.ports)

    assert {one.id for one in await keeping.ports.schedules.of_install(install)} == {first.id, second.id}


async def test_running_by_hand_is_limited_by_tenant_and_by_schedule(keeping: Keeping) -> None:
    installs = [keeping.installed() for _ in range(6)]
    schedules = [await keeping.schedule(install) for install in installs]
    for install, schedule in zip(installs[:5], schedules[:5], strict=True):
        await run_now(schedule.id, install, ports=keeping.ports)
    await keeping.send_all()

    with pytest.raises(ScheduleRateLimited):
        await run_now(schedules[5].id, installs[5], ports=keeping.ports)
    keeping.clock.move(minutes=1)
    await run_now(schedules[0].id, installs[0], ports=keeping.ports)
    await keeping.send_all()
    with pytest.raises(ScheduleRateLimited):
        await run_now(schedules[0].id, installs[0], ports=keeping.ports)

    assert [run.cause for run in await keeping.runs(schedules[0], installs[0])] == ["manual", "manual"]


async def test_a_deleted_schedule_runs_no_more(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.clock.move(hours=1)
    await keeping.plan()

    await delete_schedule(schedule.id, install, ports=keeping.ports)

    assert await keeping.send_all() == 0
    assert [run.state for run in await keeping.runs(schedule, install)] == ["skipped"]
    with pytest.raises(ScheduleNotFound):
        await find_schedule(schedule.id, install, ports=keeping.ports)


async def test_another_tenant_sees_and_changes_nothing(keeping: Keeping, kept_url: str) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    stranger = replace(install, tenant_id=OTHER_TENANT)

    for attempt in (
        find_schedule(schedule.id, stranger, ports=keeping.ports),
        change_schedule(schedule.id, ScheduleWish(cron="5 * * * *"), stranger, ports=keeping.ports),
        run_now(schedule.id, stranger, ports=keeping.ports),
        delete_schedule(schedule.id, stranger, ports=keeping.ports),
    ):
        with pytest.raises(ScheduleNotFound):
            await attempt
    connection = await asyncpg.connect(as_app(kept_url))
    unscoped = await connection.fetchval("SELECT count(*) FROM runner_proxy.tenant_extension_schedule")
    await connection.close()

    assert unscoped == 0
    assert len(await keeping.ports.schedules.of_install(install)) == 1


async def test_what_ended_long_ago_is_forgotten_with_its_attempts(keeping: Keeping) -> None:
    install = keeping.installed()
    schedule = await keeping.schedule(install)
    keeping.clock.move(hours=1)
    await keeping.plan()
    await keeping.send_all()
    now = keeping.clock.now()

    kept = await keeping.dispatches.forget_finished(now, sent_before=now)
    forgotten = await keeping.dispatches.forget_finished(now + timedelta(seconds=1), sent_before=now)

    assert (kept, forgotten) == (0, 1)
    assert await keeping.runs(schedule, install) == []
