"""`/api/v1/executions` and `/api/v1/usage`: what ran in the caller's tenant, how it ended, what it used."""

import base64
import binascii
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from annex_gateway.actions.admit import admit
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import claimed_tenants_of, credentials_of
from annex_gateway.api.execution_bodies import ExecutionView, ExecutionViews, UsageView, UsageViews
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.controls import QuotaWindow
from annex_gateway.domain.errors import ExecutionNotFound, InvalidCursor
from annex_gateway.domain.executions import ExecutionWish, Place, Status, Trigger
from annex_gateway.domain.usage import UsageWish, start_of
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import ExtensionId, InstallId, InvalidId, TenantId, parse_uuid
from annex_shared.permissions import Permission

EXECUTIONS: Final = "/api/v1/executions"
USAGE: Final = "/api/v1/usage"
PAGE: Final = 50
MAX_PAGE: Final = 200
USAGE_PAGE: Final = 100
MAX_USAGE_PAGE: Final = 500
LONGEST_USAGE_DAYS: Final = 400
HTTP_CLASSES: Final = ("2xx", "3xx", "4xx", "5xx")
_LONGEST_WORD = 255
_LONGEST_FIGURE = 9
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_END = datetime(9000, 1, 1, tzinfo=UTC)
_TRIGGERS: dict[str, Trigger] = {"http": "http", "schedule": "schedule", "event": "event"}


def execution_routes() -> list[web.RouteDef]:
    return [
        web.get(EXECUTIONS, list_executions),
        web.get(f"{EXECUTIONS}/{{execution_id}}", get_execution),
        web.get(USAGE, list_usage),
    ]


async def list_executions(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    tenant_id = (await reader_of(request)).tenant_id
    query = request.query
    install_id = query.get("install_id")
    wish = ExecutionWish(
        since=_moment(request, "since") or _BEGINNING,
        until=_moment(request, "until") or _END,
        limit=_limit(request, PAGE, MAX_PAGE),
        behind=_place(query.get("cursor")),
        install_id=None if install_id is None else InstallId(parse_uuid(install_id, field="install_id")),
        status=_status(query.get("status")),
        code=_word(request, "code"),
        trigger=_trigger(query.get("trigger")),
        principal_id=_word(request, "principal_id"),
        request_id=_word(request, "request_id"),
        endpoint=_word(request, "endpoint"),
        http_class=_http_class(query.get("http_class")),
        min_duration_ms=_milliseconds(request, "min_duration_ms"),
        extension_id=await extension_of(request, tenant_id),
    )
    page = await dependencies.executions.page(tenant_id, wish)
    return answer(
        ExecutionViews(
            items=[ExecutionView.of(execution) for execution in page.executions],
            next_cursor=None if page.next is None else _cursor(page.next),
        )
    )


async def get_execution(request: web.Request) -> web.Response:
    identity = await reader_of(request)
    execution_id = parse_uuid(request.match_info["execution_id"], field="execution_id")
    execution = await request.app[DEPENDENCIES].executions.find(identity.tenant_id, execution_id)
    if execution is None:
        raise ExecutionNotFound(
            "There is no record of this execution. Records are kept for a limited number of days.",
            details={"execution_id": str(execution_id)},
        )
    return answer(ExecutionView.of(execution))


async def list_usage(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    tenant_id = (await reader_of(request)).tenant_id
    since, until = _days(request, dependencies.minting.clock.now())
    limit = _limit(request, USAGE_PAGE, MAX_USAGE_PAGE)
    wish = UsageWish(
        window=_window(request.query.get("window", QuotaWindow.DAY.value)),
        since=since,
        until=until,
        behind=_usage_place(request.query.get("cursor")),
        limit=limit,
        extension_id=await extension_of(request, tenant_id),
    )
    windows = await dependencies.usage.usage(tenant_id, wish)
    last = windows[-1] if len(windows) == limit else None
    return answer(
        UsageViews(
            items=[UsageView.of(one) for one in windows],
            next_cursor=None if last is None else _written(f"{last.start}/{last.extension_id}"),
        )
    )


async def reader_of(request: web.Request) -> Identity:
    """Let somebody read the records of their own tenant, and of no other."""
    return await admit(
        credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        permissions=(Permission.EXTENSION_READ,),
        authenticator=request.app[DEPENDENCIES].policies.authenticator,
    )


async def extension_of(request: web.Request, tenant_id: TenantId) -> ExtensionId | None:
    """Read `extension`: an id finds records of what is uninstalled too, a name is one of an install."""
    text = request.query.get("extension")
    if text is None:
        return None
    try:
        return ExtensionId(parse_uuid(text, field="extension"))
    except InvalidId:
        install = await request.app[DEPENDENCIES].policies.projections.resolve_install(tenant_id, text)
        return install.extension_id


def _status(text: str | None) -> Status | None:
    if text is None:
        return None
    try:
        return Status(text)
    except ValueError:
        raise InvalidRequest(f'"status" must be one of {", ".join(Status)}.') from None


def _trigger(text: str | None) -> Trigger | None:
    if text is not None and text not in _TRIGGERS:
        raise InvalidRequest(f'"trigger" must be one of {", ".join(_TRIGGERS)}.')
    return None if text is None else _TRIGGERS[text]


def _http_class(text: str | None) -> int | None:
    if text is not None and text not in HTTP_CLASSES:
        raise InvalidRequest(f'"http_class" must be one of {", ".join(HTTP_CLASSES)}.')
    return None if text is None else int(text[0])


def _milliseconds(request: web.Request, name: str) -> float | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_FIGURE):
        raise InvalidRequest(f'"{name}" must be a whole number of milliseconds.')
    return float(text)


def _window(text: str) -> QuotaWindow:
    try:
        return QuotaWindow(text)
    except ValueError:
        raise InvalidRequest(f'"window" must be one of {", ".join(QuotaWindow)}.') from None


def _word(request: web.Request, name: str) -> str | None:
    text = request.query.get(name)
    if text is not None and not (0 < len(text) <= _LONGEST_WORD and text.isprintable()):
        raise InvalidRequest(f'"{name}" has 1 to {_LONGEST_WORD} printable characters.')
    return text


def _moment(request: web.Request, name: str) -> datetime | None:
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return min(max(_MOMENT.validate_python(text).astimezone(UTC), _BEGINNING), _END)
    except (ValidationError, OverflowError):
        raise InvalidRequest(f'"{name}" must be a time with its zone, as in 2026-05-04T12:00:00Z.') from None


def _days(request: web.Request, now: datetime) -> tuple[date, date]:
    """Read which days; without a word it is the present month up to today."""
    until = _day(request, "until") or start_of(QuotaWindow.DAY, now) + timedelta(days=1)
    since = _day(request, "since") or min(until, start_of(QuotaWindow.MONTH, now))
    if not timedelta(0) <= until - since <= timedelta(days=LONGEST_USAGE_DAYS):
        raise InvalidRequest(f'"since" must be a day before "until", by at most {LONGEST_USAGE_DAYS} days.')
    return since, until


def _day(request: web.Request, name: str) -> date | None:
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return min(max(date.fromisoformat(text), _BEGINNING.date()), _END.date())
    except ValueError:
        raise InvalidRequest(f'"{name}" must be a day, as in 2026-05-04.') from None


def _limit(request: web.Request, default: int, most: int) -> int:
    text = request.query.get("limit", str(default))
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= most:
        raise InvalidRequest(f'"limit" must be a number from 1 to {most}.')
    return int(text)


def _cursor(place: Place) -> str:
    return _written(f"{place.started_at.isoformat()}/{place.execution_id}")


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    moment, execution_id = _read(cursor)
    try:
        # Without a zone, or beyond the calendar, it is none of ours.
        return Place(min(_MOMENT.validate_python(moment).astimezone(UTC), _END), UUID(execution_id))
    except (ValueError, OverflowError):
        raise _invalid_cursor() from None


def _usage_place(cursor: str | None) -> tuple[date, ExtensionId] | None:
    if cursor is None:
        return None
    day, extension_id = _read(cursor)
    try:
        return date.fromisoformat(day), ExtensionId(UUID(extension_id))
    except ValueError:
        raise _invalid_cursor() from None


def _written(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(cursor: str) -> tuple[str, str]:
    try:
        first, _, second = base64.urlsafe_b64decode(cursor[:_LONGEST_WORD].encode()).decode().partition("/")
    except (binascii.Error, ValueError):
        raise _invalid_cursor() from None
    return first, second


def _invalid_cursor() -> InvalidCursor:
    return InvalidCursor('"cursor" is not one of this list. Begin without one.')


def answer(body: BaseModel) -> web.Response:
    return web.Response(body=body.model_dump_json().encode(), headers={"content-type": "application/json"})
