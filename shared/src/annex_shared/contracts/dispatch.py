"""`POST /internal/v1/dispatch`, runner-proxy to gateway: run an extension for a schedule or an event.

Nobody stands behind such a call, so the gateway asks no one for a credential; every other policy holds.
"""

from typing import Literal
from uuid import UUID

from pydantic import Field

from annex_shared.contracts.execute import ExecuteUsage, Pairs
from annex_shared.contracts.wire import Exchanged

DISPATCH_PATH = "/internal/v1/dispatch"
# Of the answer's body, before base64; more is RESPONSE_TOO_LARGE.
MAX_DISPATCH_ANSWER_BYTES = 256 * 1024
# What a guest may trust: callers of an extension cannot send headers of this prefix.
TRIGGER_HEADER = "x-annex-trigger"
SCHEDULE_ID_HEADER = "x-annex-schedule-id"
EVENT_ID_HEADER = "x-annex-event-id"
# Where a subscribed event is posted; no caller from outside reaches it.
EVENTS_PATH = "/annex/events/"


class DispatchRequest(Exchanged):
    """One run of an extension that no caller asked for.

    ``idempotency_key`` is the same in every attempt of one run. ``schedule_id`` and ``event_id`` say which
    schedule or event made the run; one of them is set. ``attempt`` counts from 1, for the record. For an
    event ``path`` is below ``EVENTS_PATH``.
    """

    tenant_id: UUID
    install_id: UUID
    trigger: Literal["schedule", "event"]
    method: Literal["GET", "POST"]
    path: str = Field(min_length=1, max_length=2048)
    headers: Pairs = Field(default_factory=list, max_length=20)
    body_b64: str | None = None
    timeout_ms: int | None = Field(default=None, ge=1)
    idempotency_key: str = Field(min_length=1, max_length=255)
    schedule_id: str | None = Field(default=None, max_length=64)
    event_id: str | None = Field(default=None, max_length=255)
    attempt: int | None = Field(default=None, ge=1, le=2**31 - 1)


class DispatchAnswer(Exchanged):
    """What the extension answered, whatever status it chose."""

    status: int
    headers: Pairs = Field(default_factory=list)
    body_b64: str | None = None
    execution_id: str | None = None
    usage: ExecuteUsage | None = None
    effects: int = 0
