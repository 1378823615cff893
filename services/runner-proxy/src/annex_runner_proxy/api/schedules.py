"""`/internal/v1/installs/{install_id}/…`: schedules, their runs, subscriptions and deliveries, for people."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from annex_runner_proxy.actions.find_install import find_install
from annex_runner_proxy.actions.schedules import (
    SchedulePorts,
    change_schedule,
    create_schedule,
    delete_schedule,
    find_schedule,
    run_now,
)
from annex_runner_proxy.actions.subscriptions import replay_delivery
from annex_runner_proxy.domain.dispatches import Kind, State
from annex_runner_proxy.domain.errors import CallerRefused
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.kept import Dispatches, Subscriptions
from annex_runner_proxy.domain.ports import InstallRecords
from annex_runner_proxy.domain.schedules import Schedule, ScheduleWish
from annex_shared.contracts.schedules import (
    ChangeSchedule,
    CreateSchedule,
    DispatchViews,
    RunStarted,
    ScheduleView,
    ScheduleViews,
    SubscriptionViews,
)
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import InstallId, parse_uuid

INSTALL_ROUTE = "/internal/v1/installs/{install_id}"
_CALLERS = frozenset({"gateway"})
_DEFAULT_LIMIT, _MAX_LIMIT = 50, 200
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class AdministrationPorts:
    """What these routes act with."""

    keeping: SchedulePorts
    dispatches: Dispatches
    subscriptions: Subscriptions
    installs: InstallTable
    records: InstallRecords


PORTS = web.AppKey("administration_ports", AdministrationPorts)


def schedule_routes() -> list[web.RouteDef]:
    schedules = f"{INSTALL_ROUTE}/schedules"
    one = f"{schedules}/{{schedule_id}}"
    return [
        web.get(schedules, get_schedules),
        web.post(schedules, post_schedule),
        web.get(one, get_schedule),
        web.patch(one, patch_schedule),
        web.delete(one, remove_schedule),
        web.post(f"{one}/run", post_run),
        web.get(f"{one}/runs", get_runs),
        web.get(f"{INSTALL_ROUTE}/subscriptions", get_subscriptions),
        web.get(f"{INSTALL_ROUTE}/deliveries", get_deliveries),
        web.post(f"{INSTALL_ROUTE}/deliveries/{{delivery_id}}/replay", post_replay),
    ]


async def get_schedules(request: web.Request) -> web.Response:
    install = await _install(request)
    schedules = await request.app[PORTS].keeping.schedules.of_install(install)
    return _json(ScheduleViews(items=[view_of(schedule) for schedule in schedules]))


async def post_schedule(request: web.Request) -> web.Response:
    install = await _install(request)
    body = CreateSchedule.model_validate_json(await request.read())
    made = await create_schedule(_wish(body), install, ports=request.app[PORTS].keeping)
    return _json(view_of(made), status=201)


async def get_schedule(request: web.Request) -> web.Response:
    install = await _install(request)
    found = await find_schedule(_id(request, "schedule_id"), install, ports=request.app[PORTS].keeping)
    return _json(view_of(found))


async def patch_schedule(request: web.Request) -> web.Response:
    install = await _install(request)
    body = ChangeSchedule.model_validate_json(await request.read())
    schedule_id = _id(request, "schedule_id")
    changed = await change_schedule(schedule_id, _wish(body), install, ports=request.app[PORTS].keeping)
    return _json(view_of(changed))


async def remove_schedule(request: web.Request) -> web.Response:
    install = await _install(request)
    await delete_schedule(_id(request, "schedule_id"), install, ports=request.app[PORTS].keeping)
    return web.Response(status=204)


async def post_run(request: web.Request) -> web.Response:
    install = await _install(request)
    run_id = await run_now(_id(request, "schedule_id"), install, ports=request.app[PORTS].keeping)
    return _json(RunStarted(run_id=str(run_id)), status=202)


async def get_runs(request: web.Request) -> web.Response:
    install = await _install(request)
    schedule_id = _id(request, "schedule_id")
    await find_schedule(schedule_id, install, ports=request.app[PORTS].keeping)
    return _json(await _history(request, install, Kind.SCHEDULE, lane=str(schedule_id)))


async def get_subscriptions(request: web.Request) -> web.Response:
    install = await _install(request)
    items = await request.app[PORTS].subscriptions.of_install(install)
    return _json(SubscriptionViews(items=items))


async def get_deliveries(request: web.Request) -> web.Response:
    install = await _install(request)
    return _json(await _history(request, install, Kind.EVENT, lane=request.query.get("topic")))


async def post_replay(request: web.Request) -> web.Response:
    ports = request.app[PORTS]
    install = await _install(request)
    await replay_delivery(
        _id(request, "delivery_id"), install, dispatches=ports.dispatches, clock=ports.keeping.clock
    )
    return web.Response(status=204)


async def _install(request: web.Request) -> Install:
    """Find the install in the tenant the gateway speaks for; there is no other way to name a tenant."""
    caller = caller_of(request)
    if caller.issuer not in _CALLERS or caller.tenant_id is None:
        raise CallerRefused("Only the gateway asks for a tenant's schedules and deliveries.")
    ports = request.app[PORTS]
    install_id = InstallId(_id(request, "install_id"))
    return await find_install(install_id, caller.tenant_id, installs=ports.installs, records=ports.records)


def _id(request: web.Request, name: str) -> UUID:
    return parse_uuid(request.match_info[name], field=name)


def _wish(body: CreateSchedule | ChangeSchedule) -> ScheduleWish:
    return ScheduleWish(body.endpoint, body.cron, body.timezone, body.is_enabled, body.name, body.payload)


async def _history(request: web.Request, install: Install, kind: Kind, *, lane: str | None) -> DispatchViews:
    limit = _number(request, "limit") or _DEFAULT_LIMIT
    state = request.query.get("state")
    if state is not None and state not in set(State):
        raise InvalidRequest(f'"state": it is one of {", ".join(State)}.')
    items = await request.app[PORTS].dispatches.history(
        install,
        kind,
        lane=lane,
        state=state,
        before=_number(request, "before"),
        limit=min(limit, _MAX_LIMIT),
    )
    is_full = len(items) == min(limit, _MAX_LIMIT)
    return DispatchViews(items=items, next_before=items[-1].position if is_full else None)


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > _MAX_DIGITS or int(text) < 1:
        raise InvalidRequest(f'"{name}": it must be a whole number above 0.')
    return int(text)


def view_of(schedule: Schedule) -> ScheduleView:
    return ScheduleView(
        schedule_id=str(schedule.id),
        install_id=str(schedule.install_id),
        method=schedule.endpoint.method,
        path=schedule.endpoint.path,
        name=schedule.name,
        cron=schedule.cron.text,
        timezone=schedule.cron.timezone,
        is_enabled=schedule.is_enabled,
        paused_reason=schedule.paused_reason,
        payload=schedule.payload,
        next_run_at=schedule.next_run_at,
        failures_in_a_row=schedule.failures_in_a_row,
        last_run_at=schedule.last_run_at,
        last_run_status=schedule.last_run_status,
        last_error=schedule.last_error,
        created_at=schedule.created_at,
        updated_at=schedule.updated_at,
    )


def _json(
    document: ScheduleView | ScheduleViews | DispatchViews | RunStarted | SubscriptionViews,
    *,
    status: int = 200,
) -> web.Response:
    return web.Response(
        status=status, body=document.model_dump_json().encode(), content_type="application/json"
    )
