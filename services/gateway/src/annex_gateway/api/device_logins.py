"""`/api/v1/device-authorizations`, `/api/v1/device-tokens`: sign in without a browser (RFC 8628)."""

from aiohttp import hdrs, web

from annex_gateway.actions.device_logins import (
    ask_device_login,
    begin_device_login,
    decide_device_login,
    require_person,
    show_device_login,
)
from annex_gateway.api.administration import answer, caller_of, small_body_of
from annex_gateway.api.dependencies import DEPENDENCIES
from annex_gateway.api.device_login_bodies import (
    AskDeviceToken,
    BeginDeviceLogin,
    BegunDeviceLogin,
    DecideDeviceLogin,
    DeviceLoginView,
    DeviceToken,
)
from annex_gateway.api.edge import request_id_of, wait_with_continue
from annex_gateway.domain.device_logins import UserCode

# Where the console asks a person for the code.
PAGE = "/device"
_LOGINS = "/api/v1/device-authorizations"
_ONE = f"{_LOGINS}/{{user_code}}"
_PRIVATE = {hdrs.CACHE_CONTROL: "no-store"}


def device_login_routes() -> list[web.RouteDef]:
    return [
        web.post(_LOGINS, post_login, expect_handler=wait_with_continue),
        web.post("/api/v1/device-tokens", post_token, expect_handler=wait_with_continue),
        web.get(_ONE, get_login),
        web.post(_ONE, post_decision, expect_handler=wait_with_continue),
    ]


async def post_login(request: web.Request) -> web.Response:
    door = request.app[DEPENDENCIES].identity
    body = BeginDeviceLogin.model_validate_json(await small_body_of(request))
    begun = await begin_device_login(body.to_wish(), desk=door.devices)
    # The device reached us under this name, so it is the one to show; nobody else sees it.
    scheme = "https" if door.is_secure else "http"
    return _kept_by_nobody(
        answer(BegunDeviceLogin.of(begun, verification_uri=f"{scheme}://{request.host}{PAGE}"))
    )


async def post_token(request: web.Request) -> web.Response:
    body = AskDeviceToken.model_validate_json(await small_body_of(request))
    device = await ask_device_login(
        body.device_code,
        request_id=request_id_of(request),
        desk=request.app[DEPENDENCIES].identity.devices,
    )
    return _kept_by_nobody(answer(DeviceToken.of(device)))


async def get_login(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    text = request.match_info["user_code"]
    login = await show_device_login(text, identity, desk=request.app[DEPENDENCIES].identity.devices)
    return _kept_by_nobody(answer(DeviceLoginView.of(login, _written(text), identity)))


async def post_decision(request: web.Request) -> web.Response:
    identity = await caller_of(request)
    require_person(identity)
    text = request.match_info["user_code"]
    body = DecideDeviceLogin.model_validate_json(await small_body_of(request))
    login = await decide_device_login(
        text,
        identity,
        body.to_decision(),
        request_id=request_id_of(request),
        desk=request.app[DEPENDENCIES].identity.devices,
    )
    return _kept_by_nobody(answer(DeviceLoginView.of(login, _written(text), identity)))


def _written(text: str) -> str:
    code = UserCode.parse(text)
    return "" if code is None else code.written


def _kept_by_nobody(response: web.Response) -> web.Response:
    response.headers.update(_PRIVATE)
    return response
