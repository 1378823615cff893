"""Publish tokens on the routes that publish: who sends one acts as its trusted publisher, as nobody else."""

from dataclasses import replace

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_registry.actions.redeem_publish_token import redeem_publish_token
from annex_registry.api.dependencies import dependencies_of
from annex_registry.domain.authority import is_service, require_peer
from annex_registry.domain.trusted_publishing import PublishGrant, publish_token_refused
from annex_shared.contracts.trusted_publishing import PUBLISH_TOKEN_HEADER
from annex_shared.http.service_auth import CALLER, OPEN_ROUTES
from annex_shared.permissions import Permission

GRANT = web.RequestKey("publish_grant", PublishGrant)
_PERMISSIONS = frozenset({Permission.EXTENSION_PUBLISH, Permission.EXTENSION_READ})
_VERSION = "/api/v1/extensions/{publisher}/{name}/versions"
# Everywhere else a publish token is refused: it speaks for no tenant and changes nothing but versions.
_ROUTES = frozenset(
    {
        "POST /api/ext-bundles/upload-proxy",
        "POST /api/ext-bundles/finalize",
        "POST /api/ext-bundles/abort",
        f"POST {_VERSION}",
        "POST /api/v1/uploads",
        "GET /api/v1/uploads/{upload_id}",
        "HEAD /api/v1/uploads/{upload_id}",
        "PATCH /api/v1/uploads/{upload_id}",
        "DELETE /api/v1/uploads/{upload_id}",
        "POST /api/v1/uploads/{upload_id}/finalize",
        "POST /api/v1/uploads/{upload_id}/presign",
        f"GET {_VERSION}/{{version}}",
        f"GET {_VERSION}/{{version}}/proof",
    }
)


@web.middleware
async def act_for_publish_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Replace the gateway, which passes a token on in its own name, by the one the token stands for."""
    token = request.headers.get(PUBLISH_TOKEN_HEADER)
    if token is None or request.path in OPEN_ROUTES:
        return await handler(request)
    caller, dependencies = request[CALLER], dependencies_of(request)
    require_peer(caller)
    resource = request.match_info.route.resource
    route = f"{request.method} {resource.canonical if resource is not None else ''}"
    if route not in _ROUTES or not is_service(caller):
        raise publish_token_refused()
    grant = await redeem_publish_token(token, records=dependencies.records, clock=dependencies.clock)
    request[GRANT] = grant
    request[CALLER] = replace(caller, principal=grant.principal, permissions=_PERMISSIONS)
    return await handler(request)


def grant_of(request: web.Request) -> PublishGrant | None:
    return request.get(GRANT)
