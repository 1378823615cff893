"""`GET|HEAD /ext-ui/{extension}/{content_hash}/{path}`: one file of one published bundle."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from aiohttp import hdrs, web
from multidict import CIMultiDict

from annex_shared.ids import InvalidId, TenantId, parse_uuid
from annex_ui_host.actions.find_asset import Wanted, find_asset
from annex_ui_host.api.answers import Answer, answer_of
from annex_ui_host.api.asked import Asked
from annex_ui_host.api.dependencies import DEPENDENCIES
from annex_ui_host.api.response_headers import CONTENT_RANGE
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound, RangeNotSatisfiable, ServiceWorkerRefused

_TENANT_PARAMETER = "tenant"


async def serve_asset(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    headers = request.headers
    asked = Asked.of(lambda name: headers.getall(name, []))
    # The target as it came over the wire: the router's view of it is decoded and normalised.
    wanted = wanted_of(request.raw_path, asked)
    found = await find_asset(wanted, shelf=dependencies.shelf)
    try:
        answer = answer_of(
            found, wanted.address, asked, dependencies.page_policy, is_get=request.method == hdrs.METH_GET
        )
    except RangeNotSatisfiable as refusal:
        request[CONTENT_RANGE] = f"bytes */{refusal.size_bytes}"
        raise
    dependencies.served.count(answer)
    return _response(answer)


def wanted_of(target: str, asked: Asked) -> Wanted:
    """Judge address, tenant and purpose. Raises ServiceWorkerRefused, PathRefused, AssetNotFound."""
    if asked.is_service_worker:
        raise ServiceWorkerRefused
    return Wanted(
        address=AssetAddress.parse(target),
        tenant_id=_tenant(target.partition("?")[2], asked.tenants),
        is_navigation=asked.is_navigation,
    )


def _tenant(query: str, headers: Sequence[str]) -> TenantId | None:
    """Read the tenant that is named. What names no tenant, or two, has nothing installed."""
    named = set(headers)
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        named.update(value for name, value in pairs if name == _TENANT_PARAMETER)
    if not named:
        return None
    try:
        tenants = {TenantId(parse_uuid(text, field=_TENANT_PARAMETER)) for text in named}
    except InvalidId:
        raise AssetNotFound from None
    if len(tenants) > 1:
        raise AssetNotFound
    return tenants.pop()


def _response(answer: Answer) -> web.Response:
    headers = CIMultiDict(answer.headers)
    headers.pop(hdrs.CONTENT_LENGTH, None)
    body = answer.body[0] if len(answer.body) == 1 else b"".join(answer.body)
    return web.Response(status=answer.status, body=bytes(body) if answer.body else None, headers=headers)
