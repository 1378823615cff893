"""Check the service token of every request except the routes declared open."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    STREAMED_BODY,
    Caller,
    ServiceTokenVerifier,
    body_digest,
    request_digest,
)

CALLER = web.RequestKey("caller", Caller)
# Returns None for a request without that credential, and raises for one with a wrong one.
OtherCredential = Callable[[web.Request], Awaitable[Caller | None]]
OPEN_ROUTES = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json", "/.well-known/limits.json"})


def service_auth_middleware(
    verifier: ServiceTokenVerifier,
    *,
    streamed_routes: frozenset[str] = frozenset(),
    known_otherwise: Mapping[str, OtherCredential] = MappingProxyType({}),
) -> Middleware:
    """Refuse requests without a valid token; ``streamed_routes`` are those whose body is too large to hold.

    Where only one method of a route streams, it is named as `POST /the/route`.

    ``known_otherwise`` are routes that take another credential as well.

    The body is read here, within the application's ``client_max_size``, because the token is bound to it.
    """

    @web.middleware
    async def check_service_token(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else ""
        if route in OPEN_ROUTES:
            return await handler(request)
        other = known_otherwise.get(route)
        caller = None if other is None else await other(request)
        if caller is not None:
            request[CALLER] = caller
            return await handler(request)
        is_streamed = not streamed_routes.isdisjoint((route, f"{request.method} {route}"))
        body = STREAMED_BODY if is_streamed else body_digest(await request.read())
        bound = request_digest(request.method, request.path_qs, body)
        request[CALLER] = verifier.verify(request.headers.get(SERVICE_TOKEN_HEADER), request=bound)
        return await handler(request)

    return check_service_token


def caller_of(request: web.Request) -> Caller:
    """Return the caller a closed route was entered with; an open route has none."""
    return request[CALLER]
