"""`GET|HEAD /ext-ui/{extension}/{content_hash}/{path}`: one file of one published bundle."""

from http import HTTPStatus

from aiohttp import hdrs, web

from annex_shared.ids import InvalidId, TenantId, parse_uuid
from annex_ui_host.actions.find_asset import Wanted, find_asset
from annex_ui_host.api.dependencies import DEPENDENCIES
from annex_ui_host.api.preconditions import matches
from annex_ui_host.api.response_headers import TENANT_HEADER, asset_headers
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound, PreconditionFailed, ServiceWorkerRefused

_TENANT_PARAMETER = "tenant"
_HTML = "text/html"


async def serve_asset(request: web.Request) -> web.Response:
    dependencies = request.app[DEPENDENCIES]
    wanted = _wanted(request)
    found = await find_asset(wanted, shelf=dependencies.shelf)
    headers = asset_headers(found, wanted.address, dependencies.page_policy)
    if _is_fresh(request, found.asset.etag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=found.asset.body, headers=headers)


def _wanted(request: web.Request) -> Wanted:
    """Read the target as it came over the wire: the router's view of it is decoded and normalised."""
    if request.headers.get("Service-Worker", "").strip().lower() == "script":
        raise ServiceWorkerRefused
    return Wanted(
        address=AssetAddress.parse(request.raw_path),
        tenant_id=_tenant(request),
        is_navigation=_accepts_html(request),
    )


def _tenant(request: web.Request) -> TenantId | None:
    """Read the tenant that is named. What names no tenant, or two, has nothing installed."""
    named = {*request.query.getall(_TENANT_PARAMETER, []), *request.headers.getall(TENANT_HEADER, [])}
    if not named:
        return None
    try:
        tenants = {TenantId(parse_uuid(text, field=_TENANT_PARAMETER)) for text in named}
    except InvalidId:
        raise AssetNotFound from None
    if len(tenants) > 1:
        raise AssetNotFound
    return tenants.pop()


def _accepts_html(request: web.Request) -> bool:
    """Look for HTML by its name: a page is asked for so, while scripts and fetches accept anything."""
    for line in request.headers.getall(hdrs.ACCEPT, []):
        for choice in line.split(","):
            media_type, *parameters = (part.strip().lower() for part in choice.split(";"))
            if media_type == _HTML and not any(_is_zero_weight(parameter) for parameter in parameters):
                return True
    return False


def _is_zero_weight(parameter: str) -> bool:
    name, _, weight = parameter.partition("=")
    return name.strip() == "q" and weight.strip().strip("0") in ("", ".")


def _is_fresh(request: web.Request, etag: str) -> bool:
    """Weigh the preconditions in the order of RFC 9110 §13.2.2. Raises PreconditionFailed."""
    required = request.headers.getall(hdrs.IF_MATCH, [])
    if required and not matches(required, etag, is_weak_enough=False):
        raise PreconditionFailed
    return matches(request.headers.getall(hdrs.IF_NONE_MATCH, []), etag, is_weak_enough=True)
