"""`/api/v1/console/…`: what the console's pages need in one answer, for whoever has a session."""

from aiohttp import web

from annex_gateway.api.administration import answer, caller_of
from annex_gateway.api.console_bodies import ActivityViews, ConsoleSession, HealthView
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.edge import credentials_of
from annex_gateway.api.sessions import secret_of
from annex_gateway.domain.activity import LATELY
from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.errors import SessionRefused
from annex_shared.ids import ExtensionId, parse_uuid
from annex_shared.permissions import Permission

SESSION = "/api/v1/console/session"
ACTIVITY = "/api/v1/console/activity"
HEALTH = "/api/v1/console/health"
_ADMINISTRATORS = 3


def console_routes() -> list[web.RouteDef]:
    return [
        web.get(SESSION, get_console_session),
        web.get(ACTIVITY, get_activity),
        web.get(HEALTH, get_health),
    ]


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


async def get_activity(request: web.Request) -> web.Response:
    """Say how each extension of the tenant did lately, in one answer for a whole list."""
    tenant_id = (await _reader(request)).tenant_id
    dependencies = request.app[DEPENDENCIES]
    since = dependencies.minting.clock.now() - LATELY
    return answer(ActivityViews.of(await dependencies.activity.activity(tenant_id, since=since), since=since))


async def get_health(request: web.Request) -> web.Response:
    tenant_id = (await _reader(request)).tenant_id
    dependencies = request.app[DEPENDENCIES]
    extension_id = ExtensionId(parse_uuid(request.query.get("extension_id", ""), field="extension_id"))
    since = dependencies.minting.clock.now() - LATELY
    health = await dependencies.activity.health(tenant_id, extension_id, since=since)
    return answer(HealthView.of(health, since=since))


async def _reader(request: web.Request) -> Identity:
    identity = await caller_of(request)
    identity.require(Permission.EXTENSION_READ)
    return identity
