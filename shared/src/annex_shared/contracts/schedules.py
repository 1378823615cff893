"""Schedules, runs and deliveries on the wire: `/api/v1/installs/{install_id}/schedules` and more."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from annex_shared.contracts.wire import Exchanged, Received


class CreateSchedule(Received):
    """An endpoint (`/path` or `METHOD /path`) and when it is called; ``timezone`` is UTC if not named.

    ``payload`` is JSON text: an object or array, sent as the body of a POST.
    """

    endpoint: str
    cron: str
    timezone: str | None = None
    is_enabled: bool = True
    name: str | None = None
    payload: str | None = None


class ChangeSchedule(Received):
    """Only the named fields change; an empty ``payload`` or ``name`` clears it."""

    endpoint: str | None = None
    cron: str | None = None
    timezone: str | None = None
    is_enabled: bool | None = None
    name: str | None = None
    payload: str | None = None


class ScheduleView(Exchanged):
    """A schedule; ``paused_reason`` says why the platform switched it off, ``next_run_at`` is null then."""

    schedule_id: str
    install_id: str
    method: str
    path: str
    name: str | None
    cron: str
    timezone: str
    is_enabled: bool
    paused_reason: str | None
    payload: str | None
    next_run_at: datetime | None
    failures_in_a_row: int
    last_run_at: datetime | None
    last_run_status: str | None
    last_error: str | None
    created_at: datetime
    updated_at: datetime


class ScheduleViews(Exchanged):
    items: list[ScheduleView]


class AttemptView(Exchanged):
    """One attempt; ``lost`` means that nobody heard how it ended."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: Literal["running", "succeeded", "failed", "lost"]
    status: int | None = None
    error_code: str | None = None
    error: str | None = None
    execution_id: str | None = None


class DispatchView(Exchanged):
    """A run of a schedule, or the delivery of one event to one install, with its attempts.

    ``source`` is the schedule's id, or the topic. ``id`` is the idempotency key of every attempt.
    """

    id: str
    install_id: str
    source: str
    cause: Literal["clock", "manual", "event"]
    event_id: str | None
    due_at: datetime
    state: Literal["waiting", "running", "succeeded", "failed", "dead", "skipped"]
    status: int | None
    error_code: str | None
    error: str | None
    next_attempt_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    position: int
    attempts: list[AttemptView] = Field(default_factory=list)


class DispatchViews(Exchanged):
    """Newest first; ``next_before`` continues the list and is null on its last page."""

    items: list[DispatchView]
    next_before: int | None = None


class RunStarted(Exchanged):
    """A run that was asked for by hand."""

    run_id: str


class SubscriptionView(Exchanged):
    topic: str
    handler: str
    created_at: datetime


class SubscriptionViews(Exchanged):
    items: list[SubscriptionView]


def attempts_of(rows: list[dict[str, Any]]) -> list[AttemptView]:
    return [AttemptView.model_validate(row) for row in rows]
