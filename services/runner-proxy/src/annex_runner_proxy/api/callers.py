"""Who may enter: peers with a signed token, and in compatibility mode the predecessor's shared one."""

import hmac

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

from annex_shared.http.service_auth import CALLER
from annex_shared.service_tokens import SERVICE_TOKEN_HEADER, Caller, ServiceTokenRefused

LEGACY_TOKEN_HEADER = "x-runner-service-token"  # noqa: S105 - the name of a header, not a secret
COMPATIBILITY_HEADER = "x-execute-compat"
ALGA = "alga"
LEGACY_ISSUER = "alga-gateway"
OPEN_ROUTES = frozenset({"/healthz"})
_LEGACY_ROUTES = frozenset({"/v1/execute", "/warmup"})


def is_compatible(request: web.Request, *, by_default: bool) -> bool:
    """Say whether the caller is answered as the predecessor would answer; its own header goes first."""
    asked = request.headers.get(COMPATIBILITY_HEADER)
    return by_default if asked is None else asked.strip().lower() == ALGA


def is_legacy(caller: Caller) -> bool:
    """Say whether the caller is the predecessor's gateway, which no key and no tenant stand behind."""
    return caller.issuer == LEGACY_ISSUER


def callers_middleware(
    signed: Middleware, *, legacy_token: SecretStr | None, compatible_by_default: bool
) -> Middleware:
    """Let ``signed`` decide, but for open routes and for the predecessor's token where one is configured."""

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else ""
        if route in OPEN_ROUTES:
            return await handler(request)
        sent = request.headers.get(LEGACY_TOKEN_HEADER)
        is_asked = (
            sent is not None
            and route in _LEGACY_ROUTES
            and SERVICE_TOKEN_HEADER not in request.headers
            and is_compatible(request, by_default=compatible_by_default)
        )
        if sent is None or not is_asked or legacy_token is None:
            return await signed(request, handler)
        if not hmac.compare_digest(sent.encode(), legacy_token.get_secret_value().encode()):
            raise ServiceTokenRefused(f"{LEGACY_TOKEN_HEADER} is not the token of this deployment.")
        request[CALLER] = Caller(principal="service:alga-gateway", issuer=LEGACY_ISSUER)
        return await handler(request)

    return admit
