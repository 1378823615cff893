"""Controls as the gateway answers them: its own actions and bodies, over a history in memory."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel

from annex_gateway.actions.administer_controls import (
    ControlsDesk,
    set_controls,
    show_controls,
    switches,
    turn_off,
    turn_on,
)
from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.controls_projection import ControlsProjection
from annex_gateway.actions.published_limits import PublishedLimits
from annex_gateway.api.controls_bodies import (
    change_view,
    controls_view,
    switch_view,
    to_ruling,
    to_target,
)
from annex_gateway.api.problems import PROBLEMS
from annex_gateway.domain.control_changes import Author
from annex_gateway.domain.rate_limits import RateLimit, Rates
from annex_gateway.domain.rulings import Authority, Place
from annex_gateway.domain.tenants import Tenant, TenantSlug
from annex_shared.contracts.controls import (
    ControlChangeViews,
    KillSwitchViews,
    SetControls,
    TurnOnKillSwitch,
)
from annex_shared.contracts.limits import LimitViews
from annex_shared.errors import AnnexError
from annex_shared.http.problems import problem_of
from annex_shared.ids import ExtensionId, PrincipalId, TenantId
from support.memory_controls import MemoryControls
from unit.gateway.fakes import MemoryDirectory

TENANT = TenantId(UUID("11111111-1111-7111-8111-111111111111"))
EXTENSION = ExtensionId(UUID("22222222-2222-7222-8222-222222222222"))
NAME = "annex-demo.hello"
_LIMIT = RateLimit(2_000, 10_000)
_LIMITS = LimitViews.model_validate(
    {
        "limits": [
            {
                "name": "timeout_ms",
                "unit": "milliseconds",
                "default": 5_000,
                "ceiling": 30_000,
                "code": "DEADLINE_EXCEEDED",
                "asked_as": "timeout_ms",
                "meaning": "Time.",
            },
            {
                "name": "memory_bytes",
                "unit": "bytes",
                "default": 268_435_456,
                "ceiling": 536_870_912,
                "code": "MEMORY_LIMIT_EXCEEDED",
                "asked_as": "memory_mb",
                "meaning": "Memory.",
            },
            {
                "name": "fuel",
                "unit": "fuel",
                "default": None,
                "ceiling": 100_000_000_000,
                "code": "FUEL_EXHAUSTED",
                "asked_as": "fuel",
                "meaning": "Instructions.",
            },
            {
                "name": "log_bytes",
                "unit": "bytes",
                "default": 262_144,
                "ceiling": 4_194_304,
                "code": None,
                "asked_as": None,
                "meaning": "Lines.",
            },
        ]
    }
)

Admit = Callable[..., None]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class ControlsOfGateway:
    """``refused`` is how the gateway of these tests says no; with ``cuts_off`` a change has no answer."""

    refused: Callable[..., Exception]
    book: MemoryControls = field(default_factory=MemoryControls)
    cuts_off: bool = False
    _admit: Admit = field(init=False)

    def routes(self, admit: Admit) -> list[web.RouteDef]:
        own, platform = "/api/v1/controls", "/api/v1/controls/platform"
        of_tenant = "/api/v1/tenants/{tenant_id}/controls"
        bases = [platform, own, f"{own}/extensions/{{extension}}", of_tenant]
        bases.append(f"{of_tenant}/extensions/{{extension}}")
        self._admit = admit
        return [
            *(web.get(base, self._told(self.show)) for base in bases),
            *(web.put(base, self._told(self.set)) for base in bases),
            *(web.get(f"{base}/history", self._told(self.history)) for base in bases),
            web.post("/api/v1/kill-switches", self._told(self.turn_on)),
            web.get("/api/v1/kill-switches", self._told(self.list)),
            web.delete("/api/v1/kill-switches/{switch_id}", self._told(self.turn_off)),
            web.get("/.well-known/limits.json", self.limits),
        ]

    async def show(self, request: web.Request) -> web.Response:
        return _json(controls_view(await show_controls(self._place(request), desk=self._desk())))

    async def set(self, request: web.Request) -> web.Response:
        body = SetControls.model_validate_json(await request.read())
        shown = await set_controls(
            self._place(request),
            to_ruling(body),
            expected=body.revision,
            author=_author(body.reason),
            desk=self._desk(),
        )
        self._cut_off(request)
        return _json(controls_view(shown))

    async def history(self, request: web.Request) -> web.Response:
        limit, after = int(request.query["limit"]), request.query.get("after")
        changes = await self.book.history(
            self._place(request).key, before=None if after is None else int(after), limit=limit
        )
        items = [change_view(change) for change in changes]
        following = str(items[-1].revision) if len(items) == limit else None
        return _json(ControlChangeViews(items=items, next_after=following))

    async def turn_on(self, request: web.Request) -> web.Response:
        body = TurnOnKillSwitch.model_validate_json(await request.read())
        switch = await turn_on(to_target(body), author=_author(body.reason), desk=self._desk())
        self._cut_off(request)
        return _json(switch_view(switch))

    async def list(self, _request: web.Request) -> web.Response:
        found = await switches(desk=self._desk())
        return _json(KillSwitchViews(items=[switch_view(switch) for switch in found]))

    async def turn_off(self, request: web.Request) -> web.Response:
        switch_id = UUID(request.match_info["switch_id"])
        await turn_off(switch_id, author=_author(request.query["reason"]), desk=self._desk())
        return web.Response(status=204)

    async def limits(self, _request: web.Request) -> web.Response:
        return _json(_LIMITS)

    def _told(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            self._admit(request)
            try:
                return await handler(request)
            except AnnexError as error:
                problem = problem_of(error, PROBLEMS)
                assert problem is not None
                raise self.refused(
                    problem.status, problem.code, error.message, details=error.details
                ) from error

        return answer

    def _cut_off(self, request: web.Request) -> None:
        if self.cuts_off and request.transport is not None:
            request.transport.abort()

    def _place(self, request: web.Request) -> Place:
        if request.path.startswith("/api/v1/controls/platform"):
            return Place(Authority.PLATFORM)
        extension = request.match_info.get("extension")
        if extension not in (None, NAME):
            raise self.refused(404, "EXTENSION_NOT_INSTALLED", "This extension is not installed.")
        named = request.match_info.get("tenant_id")
        return Place(
            Authority.TENANT if named is None else Authority.PLATFORM,
            TENANT if named is None else TenantId(UUID(named)),
            None if extension is None else EXTENSION,
        )

    def _desk(self) -> ControlsDesk:
        directory = MemoryDirectory({TENANT: Tenant(TENANT, TenantSlug.parse("dev"), "Dev")})
        rates = Rates(tenant=_LIMIT, install=_LIMIT, extension=_LIMIT, user=_LIMIT)
        return ControlsDesk(
            store=self.book,
            projection=ControlsProjection(rates, lambda: 0.0, max_age_seconds=60),
            feed=self.book,
            published_limits=PublishedLimits(_read_limits, AskOnce(keep_seconds=1, monotonic=lambda: 0.0)),
            directory=directory,
            timeout_ms=30_000,
        )


async def _read_limits() -> LimitViews:
    return _LIMITS


def _author(reason: str) -> Author:
    return Author(PrincipalId(UUID(int=9)), "0123456789abcdef", "req_01JD8Q6Z4M0T", reason)


def _json(body: BaseModel) -> web.Response:
    return web.Response(body=body.model_dump_json().encode(), content_type="application/json")
