"""`POST /warmup`: have a version made ready; without a version, say that calls are taken."""

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from annex_runner_proxy.actions.warm_up import WarmUpPorts, warm_up
from annex_runner_proxy.api.callers import is_legacy
from annex_runner_proxy.domain.errors import CallerRefused
from annex_runner_proxy.domain.warming import Wanted, WarmState
from annex_shared.contracts.warmup import WarmUpRequest, WarmUpView
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import ExtensionId, InstallId, TenantId, parse_uuid
from annex_shared.service_tokens import Caller

_ACCEPTED = 202
_RETRY_AFTER_SECONDS = 2
_CALLERS = frozenset({"gateway", "registry", "runner-proxy"})
# A call without context has none of these, and the predecessor's has no body at all.
_EMPTY = (b"", b"{}", b"null")


def warm_up_handler(ports: WarmUpPorts) -> Handler:
    async def post_warm_up(request: web.Request) -> web.Response:
        text = await request.read()
        caller = caller_of(request)
        if text.strip() in _EMPTY:
            return _answer(200, WarmUpView(state="awake"))
        document = WarmUpRequest.model_validate_json(text)
        _check_caller(caller, document.tenant_id)
        content_hash, state = await warm_up(
            _to_wanted(document), wait_seconds=document.wait_ms / 1000, ports=ports
        )
        status = _ACCEPTED if state is WarmState.WARMING else 200
        return _answer(status, WarmUpView(state=state.value, content_hash=content_hash))

    return post_warm_up


def _check_caller(caller: Caller, tenant_id: str) -> None:
    if caller.issuer not in _CALLERS and not is_legacy(caller):
        raise CallerRefused("Only services that have extensions run may warm them up.")
    if caller.tenant_id is not None and str(caller.tenant_id) != tenant_id:
        raise CallerRefused("The service token speaks for another tenant than the request names.")


def _to_wanted(document: WarmUpRequest) -> Wanted:
    install = document.install_id
    return Wanted(
        tenant_id=TenantId(parse_uuid(document.tenant_id, field="tenant_id")),
        extension_id=ExtensionId(parse_uuid(document.extension_id, field="extension_id")),
        install_id=InstallId(parse_uuid(install, field="install_id")) if install else None,
        content_hash=document.content_hash,
    )


def _answer(status: int, view: WarmUpView) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"}
    if status == _ACCEPTED:
        headers[hdrs.RETRY_AFTER] = str(_RETRY_AFTER_SECONDS)
    return web.Response(status=status, body=view.model_dump_json(exclude_none=True).encode(), headers=headers)
