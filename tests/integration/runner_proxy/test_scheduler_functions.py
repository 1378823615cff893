"""`alga:extension/scheduler` as a guest sees it: answers in the guest's shapes, refusals explained."""

import json
from typing import Any

import pytest

from annex_runner_proxy.actions.host.scheduler import SCHEDULER_MANAGE, scheduler_functions
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.schedules import MUTATIONS_PER_MINUTE
from integration.runner_proxy.keeping import Keeping
from unit.runner_proxy.fakes import OTHER_INSTALL, a_scope

NOTHING = {"endpoint": None, "cron": None, "timezone": None, "enabled": None, "name": None, "payload": None}
NIGHTLY = NOTHING | {"endpoint": "/sync", "cron": "0 3 * * *", "name": "nightly"}


def broker_of(keeping: Keeping, **changes: Any) -> CallBroker:
    scope = a_scope(**{"grants": [SCHEDULER_MANAGE], **changes})
    return CallBroker(scope, scheduler_functions(keeping.ports), write_log=lambda *_: None)


async def ask(broker: CallBroker, function: str, *arguments: Any) -> Any:
    return await broker.answer(f"scheduler.{function}", list(arguments))


async def test_a_guest_makes_reads_changes_and_deletes_its_schedule(keeping: Keeping) -> None:
    broker = broker_of(keeping)

    made = await ask(broker, "create-schedule", NIGHTLY | {"payload": '{"a": 1}'})
    changed = await ask(broker, "update-schedule", made["schedule-id"], NOTHING | {"payload": ""})
    listed = await ask(broker, "list-schedules")
    found = await ask(broker, "get-schedule", made["schedule-id"])
    deleted = await ask(broker, "delete-schedule", made["schedule-id"])
    gone = await ask(broker, "get-schedule", made["schedule-id"])

    assert made == {
        "success": True,
        "schedule-id": made["schedule-id"],
        "error": None,
        "field-errors": None,
    }
    assert changed == {"success": True, "error": None, "field-errors": None}
    assert listed == ("ok", [found[1]])
    assert {
        name: found[1][name] for name in ("endpoint-method", "endpoint-path", "cron", "timezone", "enabled")
    } == {
        "endpoint-method": "POST",
        "endpoint-path": "/sync",
        "cron": "0 3 * * *",
        "timezone": "UTC",
        "enabled": True,
    }
    assert (found[1]["payload"], deleted, gone) == (None, {"success": True, "error": None}, ("ok", None))
    assert broker.scope.effects == 3


async def test_a_guest_is_told_what_is_wrong_with_each_field(keeping: Keeping) -> None:
    made = await ask(
        broker_of(keeping), "create-schedule", NIGHTLY | {"cron": "* * * * *", "timezone": "UTC"}
    )

    assert (made["success"], made["schedule-id"]) == (False, None)
    assert json.loads(made["field-errors"]) == {"cron": "Runs must be at least five minutes apart."}
    assert "five minutes" in made["error"]


async def test_a_guest_sees_the_endpoints_of_its_version(keeping: Keeping) -> None:
    result, endpoints = await ask(broker_of(keeping), "get-endpoints")

    assert result == "ok"
    assert [(one["method"], one["path"], one["schedulable"]) for one in endpoints] == [
        ("POST", "/sync", True),
        ("GET", "/report", True),
    ]


async def test_schedules_of_another_install_are_not_found(keeping: Keeping) -> None:
    made = await ask(broker_of(keeping), "create-schedule", NIGHTLY)
    other = broker_of(keeping, install_id=OTHER_INSTALL)

    assert await ask(other, "get-schedule", made["schedule-id"]) == ("ok", None)
    assert not (await ask(other, "delete-schedule", made["schedule-id"]))["success"]
    assert not (await ask(other, "update-schedule", made["schedule-id"], NIGHTLY))["success"]
    assert await ask(other, "list-schedules") == ("ok", [])


@pytest.mark.parametrize("schedule_id", ["nonsense", "", "5e5e5e5e-0000-4000-8000-000000000000"])
async def test_what_names_no_schedule_is_not_found(keeping: Keeping, schedule_id: str) -> None:
    assert await ask(broker_of(keeping), "get-schedule", schedule_id) == ("ok", None)


async def test_without_the_grant_everything_is_denied(keeping: Keeping) -> None:
    broker = broker_of(keeping, grants=[])

    denied = [await ask(broker, name) for name in ("list-schedules", "get-endpoints")]
    made = await ask(broker, "create-schedule", NIGHTLY)

    assert denied == [("err", "denied")] * 2
    assert (made["success"], made["error"]) == (False, "denied")
    assert await ask(broker_of(keeping), "list-schedules") == ("ok", [])


async def test_a_guest_that_changes_too_much_is_told_so(keeping: Keeping) -> None:
    broker = broker_of(keeping)
    results = [
        await ask(broker, "create-schedule", NIGHTLY | {"name": None})
        for _ in range(MUTATIONS_PER_MINUTE + 1)
    ]

    assert [made["success"] for made in results] == [True] * MUTATIONS_PER_MINUTE + [False]
    assert "10 times a minute" in results[-1]["error"]
