"""`/api/v1/sessions` and `/api/v1/sign-in-links`: sign in and out with a browser."""

from aiohttp import hdrs, web

from annex_gateway.actions.sign_in import (
    StartedSession,
    end_session,
    issue_link,
    redeem_link,
    start_session,
)
from annex_gateway.api.administration import answer, caller_of, small_body_of
from annex_gateway.api.dependencies import DEPENDENCIES, IdentityDoor
from annex_gateway.api.edge import (
    browser_of,
    claimed_tenants_of,
    credentials_of,
    request_id_of,
    session_cookies_of,
    wait_with_continue,
)
from annex_gateway.api.identity_bodies import CreateSignInLink, SessionView, SignInLinkView, StartSession
from annex_gateway.domain.api_keys import CredentialKind
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import MixedCredentials, SessionRefused
from annex_gateway.domain.sessions import SessionSecret
from annex_shared.ids import PrincipalId

CURRENT = "/api/v1/sessions/current"


def session_routes() -> list[web.RouteDef]:
    return [
        web.post("/api/v1/sessions", post_session, expect_handler=wait_with_continue),
        web.get(CURRENT, get_session),
        web.delete(CURRENT, delete_session),
        web.post("/api/v1/sign-in-links", post_link, expect_handler=wait_with_continue),
    ]


async def post_session(request: web.Request) -> web.Response:
    """Begin a session. The cookie of an earlier one is no credential here: its session ends."""
    dependencies = request.app[DEPENDENCIES]
    door = dependencies.identity
    # A page from elsewhere must not sign anybody in, not even as somebody else.
    browser_of(request).require_own_page(is_plain=not door.is_secure)
    shown = credentials_of(request)
    without_cookie = Credentials(shown.api_keys, shown.authorizations)
    has_credential = bool(without_cookie.api_keys or without_cookie.authorizations)
    raw = await small_body_of(request)
    body = StartSession.model_validate_json(raw) if raw else StartSession()
    old, request_id = _old(session_cookies_of(request)), request_id_of(request)
    if body.link is not None:
        if has_credential:
            raise MixedCredentials("The request carries a sign-in link and another credential. Send one.")
        started = await redeem_link(body.link, old=old, request_id=request_id, sign_in=door.sign_in)
    else:
        identity = await dependencies.policies.authenticator.identify(without_cookie)
        identity.require_tenant(claimed_tenants_of(request))
        started = await start_session(identity, old=old, request_id=request_id, sign_in=door.sign_in)
    return _started(started, door)


async def get_session(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    secret = secret_of(credentials_of(request))
    token = secret.csrf_token(request.app[DEPENDENCIES].minting.pepper)
    if identity.expires_at is None:
        raise SessionRefused("This is no session.")
    return answer(SessionView(csrf_token=token, expires_at=identity.expires_at))


async def delete_session(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    door = request.app[DEPENDENCIES].identity
    secret = secret_of(credentials_of(request))
    await end_session(secret, identity, request_id=request_id_of(request), sign_in=door.sign_in)
    response = web.Response(status=204)
    response.del_cookie(door.cookie_name, path="/", secure=door.is_secure, httponly=True, samesite="Strict")
    return response


async def post_link(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    identity.require_no_client()
    raw = await small_body_of(request)
    body = CreateSignInLink.model_validate_json(raw) if raw else CreateSignInLink()
    link = await issue_link(
        identity,
        None if body.principal_id is None else PrincipalId(body.principal_id),
        request_id=request_id_of(request),
        sign_in=request.app[DEPENDENCIES].identity.sign_in,
    )
    return answer(SignInLinkView.of(link), status=201)


def _started(started: StartedSession, door: IdentityDoor) -> web.Response:
    response = answer(SessionView(csrf_token=started.csrf_token, expires_at=started.expires_at), status=201)
    # Without Domain, with Path=/: what the prefix __Host- demands. It ends with the browser at the latest.
    response.set_cookie(
        door.cookie_name,
        started.secret.text,
        path="/",
        secure=door.is_secure,
        httponly=True,
        samesite="Strict",
    )
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


def secret_of(credentials: Credentials) -> SessionSecret:
    presented = credentials.presented()
    if presented.kind is not CredentialKind.SESSION:
        raise SessionRefused("This request carries no session: its credential is another.")
    return SessionSecret.parse(presented.text)


def _old(cookies: tuple[str, ...]) -> SessionSecret | None:
    """Return the session to be ended; what is none is not worth a refusal."""
    try:
        return SessionSecret.parse(cookies[0]) if cookies else None
    except SessionRefused:
        return None
