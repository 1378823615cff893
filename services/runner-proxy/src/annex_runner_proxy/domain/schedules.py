"""Schedules: what may be written down, what they call, and how each wrong field is explained."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from annex_runner_proxy.domain.cron import Cron, NotACron, NotATimezone
from annex_runner_proxy.domain.errors import InvalidSchedule
from annex_shared.ids import InstallId, TenantId
from annex_shared.strict_json import NotStrictJson, read_strict_json

MAX_SCHEDULES = 50
MAX_NAME_LENGTH = 128
MAX_PAYLOAD_LENGTH = 100_000
MUTATIONS_PER_MINUTE = 10
RUNS_NOW_PER_MINUTE = 5
DEFAULT_TIMEZONE = "UTC"

_SCHEDULABLE = frozenset({"GET", "POST"})
_SELECTOR = re.compile(r"(?:(?P<method>[A-Za-z]+) +)?(?P<path>/\S*)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path of the installed version's manifest."""

    method: str
    path: str
    handler: str = ""

    @property
    def is_schedulable(self) -> bool:
        """A schedule has no path parameters to fill in, and neither replaces nor deletes."""
        has_parameters = any(part.startswith(":") for part in self.path.split("/"))
        return self.method in _SCHEDULABLE and not has_parameters

    @property
    def id(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """An endpoint that is called by the clock."""

    id: UUID
    tenant_id: TenantId
    install_id: InstallId
    endpoint: Endpoint
    cron: Cron
    is_enabled: bool
    name: str | None
    payload: str | None
    next_run_at: datetime | None
    created_at: datetime
    updated_at: datetime
    paused_reason: str | None = None
    failures_in_a_row: int = 0
    last_run_at: datetime | None = None
    last_run_status: str | None = None
    last_error: str | None = None

    def missing_endpoint(self, declared: Iterable[Endpoint]) -> str | None:
        """Say why it cannot go on where a version declares its endpoint no more."""
        wanted = self.endpoint
        if any((one.method, one.path) == (wanted.method, wanted.path) for one in declared):
            return None
        return f"The installed version declares no {wanted.id} any more. Choose another endpoint."


@dataclass(frozen=True, slots=True)
class ScheduleWish:
    """What a caller asks for; None leaves a field as it is, or at its default. ``payload`` "" clears it."""

    endpoint: str | None = None
    cron: str | None = None
    timezone: str | None = None
    is_enabled: bool | None = None
    name: str | None = None
    payload: str | None = None


@dataclass(slots=True)
class _Faults:
    fields: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, why: str) -> None:
        self.fields.setdefault(name, why)


@dataclass(frozen=True, slots=True)
class ScheduleTerms:
    """The fields of a schedule once every one of them is right."""

    endpoint: Endpoint
    cron: Cron
    is_enabled: bool
    name: str | None
    payload: str | None


def settle(
    wish: ScheduleWish, endpoints: Iterable[Endpoint], *, before: Schedule | None = None
) -> ScheduleTerms:
    """Judge a wish against the version's endpoints. Raises InvalidSchedule naming every wrong field."""
    faults = _Faults()
    endpoint = _endpoint(wish, endpoints, before, faults)
    cron = _cron(wish, before, faults)
    name = _name(wish, before, faults)
    payload = _payload(wish, before, faults)
    if endpoint is not None and endpoint.method == "GET" and payload is not None:
        faults.add("payload", "A GET endpoint is called without a body.")
    if faults.fields or endpoint is None or cron is None:
        raise InvalidSchedule(
            f"The schedule cannot be kept: {_sentence(faults.fields)}",
            details={"fields": dict(faults.fields)},
        )
    is_enabled = wish.is_enabled if wish.is_enabled is not None else before.is_enabled if before else True
    return ScheduleTerms(endpoint, cron, is_enabled, name, payload)


def _sentence(faults: dict[str, str]) -> str:
    return " ".join(f"{name}: {why}" for name, why in faults.items())


def _endpoint(
    wish: ScheduleWish, endpoints: Iterable[Endpoint], before: Schedule | None, faults: _Faults
) -> Endpoint | None:
    if wish.endpoint is None and before is not None:
        return before.endpoint
    selector = _SELECTOR.fullmatch((wish.endpoint or "").strip())
    if selector is None:
        faults.add("endpoint", "Write it as /path or METHOD /path.")
        return None
    method = (selector["method"] or "").upper()
    found = [
        endpoint
        for endpoint in endpoints
        if endpoint.path == selector["path"] and method in ("", endpoint.method)
    ]
    fitting = [endpoint for endpoint in found if endpoint.is_schedulable]
    if len(fitting) == 1:
        return fitting[0]
    if not found:
        faults.add("endpoint", "The installed version declares no such endpoint.")
    elif fitting:
        faults.add("endpoint", "It exists for GET and for POST; write which of them is meant.")
    else:
        faults.add("endpoint", "Only GET and POST endpoints without path parameters can be scheduled.")
    return None


def _cron(wish: ScheduleWish, before: Schedule | None, faults: _Faults) -> Cron | None:
    if wish.cron is None and wish.timezone is None and before is not None:
        return before.cron
    text = wish.cron if wish.cron is not None else before.cron.text if before else ""
    zone = wish.timezone or (before.cron.timezone if before else DEFAULT_TIMEZONE)
    try:
        return Cron.parse(text, zone)
    except NotACron as error:
        faults.add("cron", str(error))
    except NotATimezone as error:
        faults.add("timezone", str(error))
    return None


def _name(wish: ScheduleWish, before: Schedule | None, faults: _Faults) -> str | None:
    if wish.name is None:
        return before.name if before else None
    name = wish.name.strip()
    if len(name) > MAX_NAME_LENGTH or not name.isprintable():
        faults.add("name", f"It may have at most {MAX_NAME_LENGTH} printable characters.")
    return name or None


def _payload(wish: ScheduleWish, before: Schedule | None, faults: _Faults) -> str | None:
    if wish.payload is None:
        return before.payload if before else None
    if not wish.payload.strip():
        return None
    if len(wish.payload) > MAX_PAYLOAD_LENGTH:
        faults.add("payload", f"It may have at most {MAX_PAYLOAD_LENGTH} characters.")
        return None
    try:
        document = read_strict_json(wish.payload.encode())
    except (NotStrictJson, UnicodeEncodeError) as error:
        faults.add("payload", f"It is not JSON: {error}.")
        return None
    if not isinstance(document, dict | list):
        faults.add("payload", "It must be a JSON object or array.")
        return None
    normal = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if len(normal) > MAX_PAYLOAD_LENGTH:
        faults.add("payload", f"It may have at most {MAX_PAYLOAD_LENGTH} characters.")
    return normal
