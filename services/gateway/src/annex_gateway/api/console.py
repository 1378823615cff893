"""`/api/v1/console/…`: what the console's pages need in one answer, for whoever has a session."""

from aiohttp import web

from annex_gateway.api.administration import answer, caller_of
from annex_gateway.api.console_bodies import ConsoleSession
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import credentials_of
from annex_gateway.api.sessions import secret_of
from annex_gateway.domain.errors import SessionRefused

SESSION = "/api/v1/console/session"
_ADMINISTRATORS = 3


def console_routes() -> list[web.RouteDef]:
    return [web.get(SESSION, get_console_session)]


async def get_console_session(request: web.Request) -> web.Response:
    """Say who is signed in, for which tenant, and who could give what is missing."""
    identity = await caller_of(request)
    dependencies = request.app[DEPENDENCIES]
    secret = secret_of(credentials_of(request))
    async with dependencies.identity.work.reading() as directory:
        tenant = await directory.find_tenant(identity.tenant_id)
        administrators = await directory.people.administrators(identity.tenant_id, limit=_ADMINISTRATORS)
        listing = await directory.people.find(identity.tenant_id, identity.principal_id)
    if tenant is None or identity.expires_at is None or listing is None:
        raise SessionRefused("This session's tenant or principal is no more. Sign in again.")
    idle_end = dependencies.minting.clock.now() + dependencies.identity.sign_in.reader.times.idle
    return answer(
        ConsoleSession.of(
            identity,
            tenant,
            name=listing.display_name or listing.principal.name,
            administrators=administrators,
            csrf_token=secret.csrf_token(dependencies.minting.pepper),
            expires_at=min(identity.expires_at, idle_end),
        )
    )
