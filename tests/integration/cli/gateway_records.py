"""What a gateway records and passes on about installs: a feed, schedules, deliveries and executions."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from annex_shared.contracts.events import CloudEvent
from annex_shared.contracts.feeds import FeedPage
from annex_shared.contracts.schedules import (
    AttemptView,
    ChangeSchedule,
    DispatchView,
    DispatchViews,
    RunStarted,
    ScheduleView,
    ScheduleViews,
)

INSTALL = "77777777-7777-7777-8777-777777777777"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def a_schedule(name: str, *, end: str = "a1") -> ScheduleView:
    return ScheduleView(
        schedule_id=f"55555555-5555-7555-8555-5555555555{end}",
        install_id=INSTALL,
        method="POST",
        path="/nightly",
        name=name,
        cron="0 3 * * *",
        timezone="Europe/Berlin",
        is_enabled=True,
        paused_reason=None,
        payload=None,
        next_run_at=NOON + timedelta(hours=14),
        failures_in_a_row=0,
        last_run_at=NOON - timedelta(hours=10),
        last_run_status="succeeded",
        last_error=None,
        created_at=NOON,
        updated_at=NOON,
    )


def a_dispatch(state: Any, *, end: str = "b1", position: int = 1) -> DispatchView:
    failed = state in {"failed", "dead"}
    return DispatchView(
        id=f"66666666-6666-7666-8666-6666666666{end}",
        install_id=INSTALL,
        source="version.published",
        cause="event",
        event_id="registry/42",
        due_at=NOON,
        state=state,
        status=500 if failed else 200,
        error_code="GUEST_TRAP" if failed else None,
        error="The handler trapped." if failed else None,
        next_attempt_at=None,
        created_at=NOON,
        finished_at=NOON + timedelta(milliseconds=90),
        position=position,
        attempts=[
            AttemptView(
                number=1,
                started_at=NOON,
                finished_at=NOON + timedelta(milliseconds=90),
                outcome="failed" if failed else "succeeded",
                status=500 if failed else 200,
                error_code="GUEST_TRAP" if failed else None,
                execution_id="66666666-4444-4444-8444-4444444444aa",
            )
        ],
    )


def an_execution(end: str, status: str = "ok", **more: Any) -> dict[str, Any]:
    return {
        "execution_id": f"66666666-4444-4444-8444-4444444444{end}",
        "request_id": "req_01JD8Q6Z4M0T",
        "trigger": "http",
        "extension_id": "annex-demo.hello",
        "install_id": INSTALL,
        "version_id": "44444444-4444-7444-8444-444444444444",
        "method": "GET",
        "endpoint": "/hello",
        "status": status,
        "code": None if status == "ok" else "GUEST_TRAP",
        "http_status": 200 if status == "ok" else 502,
        "started_at": "2026-11-20T12:00:00Z",
        "finished_at": "2026-11-20T12:00:00.021Z",
        "duration_ms": 21.3,
        "usage": {"cpu_ms": 11.0, "host_calls": 4, "egress_bytes": 0, "effects": 1},
        **more,
    }


def a_change(number: int, change: str, subject: str, **details: Any) -> dict[str, Any]:
    return {
        "number": number,
        "change": change,
        "tenant_id": "11111111-1111-7111-8111-111111111111",
        "subject": subject,
        "actor_principal_id": "00000000-0000-0000-0000-000000000009" if number % 2 else None,
        "actor_credential": "api_key:0123456789abcdef",
        "request_id": "req_01JD8Q6Z4M0T",
        "at": "2026-11-20T12:00:00Z",
        "details": details,
    }


@dataclass(slots=True)
class Records:
    """Its state is public: a test arranges it and looks at it. ``refuse`` makes the gateway's refusals."""

    refuse: Callable[[int, str, str], Exception]
    events: list[CloudEvent] = field(default_factory=list)
    feed_cuts: int = 0
    hides_serials: set[int] = field(default_factory=set)
    schedules: list[ScheduleView] = field(default_factory=list)
    runs: list[DispatchView] = field(default_factory=list)
    deliveries: list[DispatchView] = field(default_factory=list)
    replayed: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    executions: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        one = "/api/v1/installs/{install_id}"
        return [
            web.get("/api/v1/feed", self.read_feed),
            web.get(f"{one}/schedules", self.list_schedules),
            web.patch(f"{one}/schedules/{{schedule_id}}", self.change_schedule),
            web.post(f"{one}/schedules/{{schedule_id}}/run", self.run_schedule),
            web.get(f"{one}/schedules/{{schedule_id}}/runs", self.list_runs),
            web.get(f"{one}/deliveries", self.list_deliveries),
            web.post(f"{one}/deliveries/{{delivery_id}}/replay", self.replay),
            web.get("/api/v1/audit", self.list_changes),
            web.get("/api/v1/executions", self.list_executions),
            web.get("/api/v1/executions/{execution_id}", self.get_execution),
        ]

    async def read_feed(self, request: web.Request) -> web.Response:
        feed, after = request.query["feed"], int(request.query["after"])
        whole = [event for event in self.events if event.feed == feed]
        as_of = max((event.serial for event in whole), default=0)
        if after > as_of:
            raise self.refuse(409, "FEED_POSITION_AHEAD", f"The feed {feed} ends at {as_of}.")
        if after and self.feed_cuts:
            self.feed_cuts -= 1
            assert request.transport is not None
            request.transport.abort()
        limit = int(request.query["limit"])
        seen = [one for one in whole if one.serial > after and one.serial not in self.hides_serials][:limit]
        next_after = seen[-1].serial if len(seen) == limit else as_of
        page = FeedPage(feed=feed, items=seen, next_after=next_after, as_of=as_of)
        return web.Response(body=page.to_bytes(), content_type="application/json")

    async def list_schedules(self, _: web.Request) -> web.Response:
        return _json(ScheduleViews(items=self.schedules).model_dump_json())

    async def change_schedule(self, request: web.Request) -> web.Response:
        wish = ChangeSchedule.model_validate_json(await request.read())
        assert wish.model_fields_set == {"is_enabled"}
        place = self._schedule(request)
        update = {"is_enabled": wish.is_enabled, "next_run_at": NOON if wish.is_enabled else None}
        self.schedules[place] = self.schedules[place].model_copy(update=update)
        return _json(self.schedules[place].model_dump_json())

    async def run_schedule(self, request: web.Request) -> web.Response:
        self.started.append(self.schedules[self._schedule(request)].schedule_id)
        return _json(RunStarted(run_id="66666666-6666-7666-8666-6666666666c1").model_dump_json(), status=202)

    def _schedule(self, request: web.Request) -> int:
        wanted = request.match_info["schedule_id"]
        return next(place for place, one in enumerate(self.schedules) if one.schedule_id == wanted)

    async def list_runs(self, request: web.Request) -> web.Response:
        return self._dispatches(request, self.runs)

    async def list_deliveries(self, request: web.Request) -> web.Response:
        return self._dispatches(request, self.deliveries)

    def _dispatches(self, request: web.Request, items: list[DispatchView]) -> web.Response:
        state, topic = request.query.get("state"), request.query.get("topic")
        fitting = [one for one in items if state in (None, one.state) and topic in (None, one.source)]
        return _json(DispatchViews(items=fitting[: int(request.query["limit"])]).model_dump_json())

    async def replay(self, request: web.Request) -> web.Response:
        self.replayed.append(request.match_info["delivery_id"])
        return web.Response(status=204)

    async def list_executions(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        status = request.query.get("status")
        items = [one for one in self.executions if status in (None, one["status"])]
        begin, limit = int(request.query.get("cursor", 0)), int(request.query["limit"])
        end = begin + limit
        page = {"items": items[begin:end], "next_cursor": str(end) if end < len(items) else None}
        return _json(json.dumps(page))

    async def list_changes(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        before, limit = int(request.query.get("before", 10**9)), int(request.query["limit"])
        items = [one for one in self.changes if one["number"] < before][:limit]
        return _json(json.dumps({"items": items, "next_before": items[-1]["number"] if items else None}))

    async def get_execution(self, request: web.Request) -> web.Response:
        wanted = request.match_info["execution_id"]
        found = [one for one in self.executions if one["execution_id"] == wanted]
        if not found:
            raise self.refuse(404, "EXECUTION_NOT_FOUND", "Your tenant has no such execution.")
        return _json(json.dumps(found[0]))


def _json(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="application/json")
