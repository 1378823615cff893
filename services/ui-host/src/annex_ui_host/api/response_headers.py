"""The header set of every answer, and what an asset adds to it."""

from collections.abc import Mapping

from aiohttp import web

from annex_ui_host.actions.find_asset import FoundAsset
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.media_types import is_document
from annex_ui_host.domain.page_policy import PERMISSIONS_POLICY, PagePolicy

TENANT_HEADER = "x-tenant-id"
_IMMUTABLE = "public, max-age=31536000, immutable"

# Frames have an opaque origin, so their modules, fonts and fetches are cross-origin requests from "null".
_ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


async def add_fixed_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Run for every answer, refusals too."""
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)


def asset_headers(found: FoundAsset, address: AssetAddress, policy: PagePolicy) -> dict[str, str]:
    """Give the headers of a found asset; those of 200, 304 and HEAD are the same."""
    headers = {
        "Content-Type": found.asset.media_type,
        "ETag": found.asset.etag,
        "Cache-Control": _IMMUTABLE,
        # The bytes of a URL never change; whether they are given may depend on these.
        "Vary": f"Accept, {TENANT_HEADER}" if found.is_fallback else TENANT_HEADER,
    }
    if is_document(found.asset.media_type):
        headers["Content-Security-Policy"] = policy.content_security_policy(address)
        headers["Permissions-Policy"] = PERMISSIONS_POLICY
    return headers
