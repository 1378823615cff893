"""``alga:extension/scheduler``: an install's guest keeps its own schedules."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

import structlog

from annex_runner_proxy.actions.schedules import (
    SchedulePorts,
    change_schedule,
    create_schedule,
    delete_schedule,
    endpoints_of,
    find_schedule,
)
from annex_runner_proxy.domain.errors import (
    DatabaseUnavailable,
    RegistryUnavailable,
    RunnerError,
    ScheduleLimitReached,
    ScheduleNotFound,
    ScheduleRateLimited,
)
from annex_runner_proxy.domain.host_call import CallScope, HostApi, HostFunction
from annex_runner_proxy.domain.schedules import Endpoint, Schedule, ScheduleWish
from annex_shared.ids import InvalidId, parse_uuid

SCHEDULER_MANAGE: Final = "cap:scheduler.manage"
_DENIED: Final = ("err", "denied")
_REFUSED: Final = {"success": False, "error": "denied"}
_ERRORS: Final = {
    ScheduleNotFound: "not-found",
    ScheduleLimitReached: "quota-exceeded",
    ScheduleRateLimited: "quota-exceeded",
    DatabaseUnavailable: "internal",
    RegistryUnavailable: "internal",
}
# Ours to explain to the operator; a guest learns only that it failed.
_OURS: Final = (DatabaseUnavailable, RegistryUnavailable)

log = structlog.get_logger()


def scheduler_functions(ports: SchedulePorts) -> HostApi:
    create_refused = {**_REFUSED, "schedule-id": None, "field-errors": None}
    update_refused = {**_REFUSED, "field-errors": None}
    return {
        "scheduler.list-schedules": HostFunction(partial(_list, ports), SCHEDULER_MANAGE, denied=_DENIED),
        "scheduler.get-schedule": HostFunction(partial(_get, ports), SCHEDULER_MANAGE, denied=_DENIED),
        "scheduler.create-schedule": HostFunction(
            partial(_create, ports), SCHEDULER_MANAGE, denied=create_refused
        ),
        "scheduler.update-schedule": HostFunction(
            partial(_update, ports), SCHEDULER_MANAGE, denied=update_refused
        ),
        "scheduler.delete-schedule": HostFunction(partial(_delete, ports), SCHEDULER_MANAGE, denied=_REFUSED),
        "scheduler.get-endpoints": HostFunction(partial(_endpoints, ports), SCHEDULER_MANAGE, denied=_DENIED),
    }


async def _list(ports: SchedulePorts, scope: CallScope) -> tuple[str, Any]:
    try:
        schedules = await ports.schedules.of_install(scope.install)
    except RunnerError as error:
        return "err", _error(error, scope)
    return "ok", [_shown(schedule) for schedule in schedules]


async def _get(ports: SchedulePorts, scope: CallScope, schedule_id: str) -> tuple[str, Any]:
    try:
        found = await find_schedule(_parsed(schedule_id), scope.install, ports=ports)
    except ScheduleNotFound:
        return "ok", None
    except RunnerError as error:
        return "err", _error(error, scope)
    return "ok", _shown(found)


async def _create(ports: SchedulePorts, scope: CallScope, wanted: Mapping[str, Any]) -> dict[str, Any]:
    scope.count_effect()
    try:
        created = await create_schedule(_wish(wanted), scope.install, ports=ports)
    except RunnerError as error:
        return {**_failed(error, scope), "schedule-id": None}
    return {"success": True, "schedule-id": str(created.id), "error": None, "field-errors": None}


async def _update(
    ports: SchedulePorts, scope: CallScope, schedule_id: str, wanted: Mapping[str, Any]
) -> dict[str, Any]:
    scope.count_effect()
    try:
        await change_schedule(_parsed(schedule_id), _wish(wanted), scope.install, ports=ports)
    except RunnerError as error:
        return _failed(error, scope)
    return {"success": True, "error": None, "field-errors": None}


async def _delete(ports: SchedulePorts, scope: CallScope, schedule_id: str) -> dict[str, Any]:
    scope.count_effect()
    try:
        await delete_schedule(_parsed(schedule_id), scope.install, ports=ports)
    except RunnerError as error:
        return {"success": False, "error": _failed(error, scope)["error"]}
    return {"success": True, "error": None}


async def _endpoints(ports: SchedulePorts, scope: CallScope) -> tuple[str, Any]:
    try:
        endpoints = await endpoints_of(scope.install, ports=ports)
    except RunnerError as error:
        return "err", _error(error, scope)
    return "ok", [_shown_endpoint(endpoint) for endpoint in endpoints]


def _wish(wanted: Mapping[str, Any]) -> ScheduleWish:
    return ScheduleWish(
        endpoint=wanted["endpoint"],
        cron=wanted["cron"],
        timezone=wanted["timezone"],
        is_enabled=wanted["enabled"],
        name=wanted["name"],
        payload=wanted["payload"],
    )


def _parsed(schedule_id: str) -> UUID:
    """Read an id; what is none names no schedule. Raises ScheduleNotFound."""
    try:
        return parse_uuid(schedule_id, field="schedule-id")
    except InvalidId as error:
        raise ScheduleNotFound(error.message) from None


def _failed(error: RunnerError, scope: CallScope) -> dict[str, Any]:
    """Explain a refusal in full: the sentence, and each wrong field."""
    case = _error(error, scope)
    fields = error.details.get("fields")
    return {
        "success": False,
        "error": "internal" if case == "internal" else error.message,
        "field-errors": json.dumps(fields, ensure_ascii=False) if fields else None,
    }


def _error(error: RunnerError, scope: CallScope) -> str:
    if isinstance(error, _OURS):
        log.error(
            "schedules_not_reached",
            error_type=type(error).__name__,
            tenant_id=str(scope.install.tenant_id),
            install_id=str(scope.install.install_id),
            execution_id=str(scope.execution_id),
        )
    return _ERRORS.get(type(error), "validation-failed")


def _shown(schedule: Schedule) -> dict[str, Any]:
    last = schedule.last_run_at
    return {
        "id": str(schedule.id),
        "endpoint-path": schedule.endpoint.path,
        "endpoint-method": schedule.endpoint.method,
        "name": schedule.name,
        "cron": schedule.cron.text,
        "timezone": schedule.cron.timezone,
        "enabled": schedule.is_enabled,
        "payload": schedule.payload,
        "last-run-at": None if last is None else last.isoformat(),
        "last-run-status": schedule.last_run_status,
        "last-error": schedule.last_error,
        "created-at": schedule.created_at.isoformat(),
    }


def _shown_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "method": endpoint.method,
        "path": endpoint.path,
        "handler": endpoint.handler,
        "schedulable": endpoint.is_schedulable,
    }
