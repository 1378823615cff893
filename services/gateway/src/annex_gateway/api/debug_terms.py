"""`/api/v1/debug/terms`: what a session of live debug would be, for people to read before they begin one."""

from typing import Final

from aiohttp import web

from annex_gateway.actions.admit import admit
from annex_gateway.api.administration import answer
from annex_gateway.api.debug import MAX_TAIL
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import claimed_tenants_of, credentials_of
from annex_gateway.domain.debug_gate import AllowedBy
from annex_gateway.domain.errors import ExtensionsDisabled
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.problems import InvalidRequest
from annex_shared.permissions import Permission

DEBUG_TERMS: Final = "/api/v1/debug/terms"


class DebugTermsView(Exchanged):
    """How long a session lasts, how many a tenant has at once, and by whose word lines may be watched."""

    extension_id: str
    install_id: str
    allowed_by: AllowedBy
    session_seconds: float
    sessions_per_tenant: int
    tail: int
    max_tail: int


def debug_terms_routes() -> list[web.RouteDef]:
    return [web.get(DEBUG_TERMS, show_debug_terms)]


async def show_debug_terms(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    if not dependencies.are_extensions_enabled:
        raise ExtensionsDisabled("Extensions are switched off in this deployment.")
    identity = await admit(
        credentials_of(request),
        claimed_tenants=claimed_tenants_of(request),
        permissions=(Permission.EXTENSION_DEBUG,),
        authenticator=dependencies.policies.authenticator,
    )
    extension = request.query.get("extension", "")
    if not extension:
        raise InvalidRequest('"extension" is required: an id, or publisher.name of an install.')
    install = await dependencies.policies.projections.resolve_install(identity.tenant_id, extension)
    debug = dependencies.debug
    return answer(
        DebugTermsView(
            extension_id=str(install.extension_id),
            install_id=str(install.install_id),
            allowed_by=debug.gate.require_open(install),
            session_seconds=debug.sessions.policy.session_seconds,
            sessions_per_tenant=debug.sessions.policy.per_tenant,
            tail=debug.tail,
            max_tail=MAX_TAIL,
        )
    )
