"""What a schedule may be, and how each wrong field is explained."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from annex_runner_proxy.domain.cron import Cron
from annex_runner_proxy.domain.errors import InvalidSchedule
from annex_runner_proxy.domain.schedules import Endpoint, Schedule, ScheduleWish, settle
from unit.runner_proxy.fakes import INSTALL, TENANT

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ENDPOINTS = [
    Endpoint("GET", "/report"),
    Endpoint("POST", "/sync"),
    Endpoint("GET", "/both"),
    Endpoint("POST", "/both"),
    Endpoint("GET", "/notes/:id"),
    Endpoint("DELETE", "/notes"),
]
BEFORE = Schedule(
    id=UUID(int=1),
    tenant_id=TENANT,
    install_id=INSTALL,
    endpoint=ENDPOINTS[1],
    cron=Cron("0 * * * *", "UTC"),
    is_enabled=False,
    name="nightly",
    payload='{"a":1}',
    next_run_at=None,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("selector", "method", "path"),
    [
        ("/sync", "POST", "/sync"),
        ("GET /report", "GET", "/report"),
        ("post /both", "POST", "/both"),
    ],
)
def test_an_endpoint_is_selected_by_path_or_by_method_and_path(selector: str, method: str, path: str) -> None:
    terms = settle(ScheduleWish(endpoint=selector, cron="0 3 * * *"), ENDPOINTS)

    assert (terms.endpoint.method, terms.endpoint.path) == (method, path)
    assert (terms.cron.timezone, terms.is_enabled, terms.payload) == ("UTC", True, None)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (ScheduleWish(endpoint="/nowhere", cron="0 3 * * *"), "endpoint"),
        (ScheduleWish(endpoint="sync", cron="0 3 * * *"), "endpoint"),
        (ScheduleWish(endpoint="/both", cron="0 3 * * *"), "endpoint"),
        (ScheduleWish(endpoint="/notes/:id", cron="0 3 * * *"), "endpoint"),
        (ScheduleWish(endpoint="DELETE /notes", cron="0 3 * * *"), "endpoint"),
        (ScheduleWish(endpoint="/sync", cron="* * * * *"), "cron"),
        (ScheduleWish(endpoint="/sync"), "cron"),
        (ScheduleWish(endpoint="/sync", cron="0 3 * * *", timezone="Mars/Olympus"), "timezone"),
        (ScheduleWish(endpoint="/sync", cron="0 3 * * *", name="x" * 129), "name"),
        (ScheduleWish(endpoint="/sync", cron="0 3 * * *", payload="7"), "payload"),
        (ScheduleWish(endpoint="/sync", cron="0 3 * * *", payload='{"a":1,"a":2}'), "payload"),
        (ScheduleWish(endpoint="/sync", cron="0 3 * * *", payload=json.dumps(["x" * 100_000])), "payload"),
        (ScheduleWish(endpoint="/report", cron="0 3 * * *", payload="{}"), "payload"),
    ],
)
def test_a_wrong_field_is_named(wish: ScheduleWish, field: str) -> None:
    with pytest.raises(InvalidSchedule) as refused:
        settle(wish, ENDPOINTS)

    assert list(refused.value.details["fields"]) == [field]  # type: ignore[arg-type]


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(InvalidSchedule) as refused:
        settle(ScheduleWish(endpoint="/nowhere", cron="x", name="\0", payload="nope"), ENDPOINTS)

    assert set(refused.value.details["fields"]) == {"endpoint", "cron", "name", "payload"}  # type: ignore[arg-type]


def test_what_is_not_named_stays_as_it_is() -> None:
    terms = settle(ScheduleWish(cron="5 * * * *"), ENDPOINTS, before=BEFORE)

    assert terms.cron == Cron("5 * * * *", "UTC")
    assert (terms.endpoint, terms.name, terms.payload, terms.is_enabled) == (
        BEFORE.endpoint,
        "nightly",
        '{"a":1}',
        False,
    )


def test_an_empty_text_clears_payload_and_name() -> None:
    terms = settle(ScheduleWish(payload="", name=""), ENDPOINTS, before=BEFORE)

    assert (terms.payload, terms.name) == (None, None)
