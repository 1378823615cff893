"""Records the runner-proxy owns and callers reach through the gateway: schedules, runs, deliveries."""

from dataclasses import dataclass, replace

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_gateway.actions.admit import admit
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import claimed_tenants_of, credentials_of, wait_with_continue
from annex_gateway.api.forwarded import ForwardedRoute, forwarding_of, pass_on
from annex_gateway.domain.errors import RunnerUnavailable
from annex_shared.permissions import Permission

_OUTSIDE, _INSIDE = "/api/v1/", "/internal/v1/"
_INSTALL = "/api/v1/installs/{install_id}"
_READ = (Permission.EXTENSION_READ,)
_WRITE = (Permission.EXTENSION_WRITE,)


@dataclass(frozen=True, slots=True)
class RunnerRoute:
    """One address of the runner-proxy's and the permissions of which one takes a caller there."""

    pattern: str
    methods: tuple[str, ...]
    permissions: tuple[Permission, ...]


RUNNER_FORWARDED = (
    RunnerRoute(f"{_INSTALL}/schedules", ("GET",), _READ),
    RunnerRoute(f"{_INSTALL}/schedules", ("POST",), _WRITE),
    RunnerRoute(f"{_INSTALL}/schedules/{{schedule_id}}", ("GET",), _READ),
    RunnerRoute(f"{_INSTALL}/schedules/{{schedule_id}}", ("PATCH", "DELETE"), _WRITE),
    RunnerRoute(f"{_INSTALL}/schedules/{{schedule_id}}/run", ("POST",), _WRITE),
    RunnerRoute(f"{_INSTALL}/schedules/{{schedule_id}}/runs", ("GET",), _READ),
    RunnerRoute(f"{_INSTALL}/subscriptions", ("GET",), _READ),
    RunnerRoute(f"{_INSTALL}/deliveries", ("GET",), _READ),
    RunnerRoute(f"{_INSTALL}/deliveries/{{delivery_id}}/replay", ("POST",), _WRITE),
)


def public_address(internal: str) -> str:
    """Return the address a caller uses for one of the runner-proxy's."""
    return internal.replace(_INSIDE, _OUTSIDE, 1)


def runner_routes() -> list[web.RouteDef]:
    return [
        web.route(method, route.pattern, _handler(route), expect_handler=wait_with_continue)
        for route in RUNNER_FORWARDED
        for method in route.methods
    ]


def _handler(route: RunnerRoute) -> Handler:
    async def forward(request: web.Request) -> web.StreamResponse:
        dependencies = request.app[DEPENDENCIES]
        identity = await admit(
            credentials_of(request),
            claimed_tenants=claimed_tenants_of(request),
            permissions=route.permissions,
            authenticator=dependencies.policies.authenticator,
        )
        if dependencies.runner_proxy is None:
            raise RunnerUnavailable("This gateway has no runner-proxy.")
        as_forwarded = ForwardedRoute(route.pattern, route.methods, route.permissions)
        outside = await forwarding_of(request, as_forwarded, identity.to_caller())
        inside = replace(outside, target=outside.target.replace(_OUTSIDE, _INSIDE, 1))
        async with dependencies.runner_proxy.open(inside) as answer:
            return await pass_on(request, answer)

    return forward
