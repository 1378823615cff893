"""`GET /internal/v1/debug-lines`: what this process still has of an extension's lines, for the gateway."""

from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_runner_proxy.domain.errors import CallerRefused
from annex_shared.contracts.debug_lines import DebugLines, LineFilter
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import parse_uuid
from annex_shared.permissions import Permission

MAX_LINES: Final = 500
_MAX_DIGITS: Final = 18
# Tenant, extension, behind which number, at most how many, which.
ReadLines = Callable[[str, str, int | None, int, LineFilter], DebugLines]


def debug_lines_handler(read: ReadLines) -> Handler:
    async def get_debug_lines(request: web.Request) -> web.Response:
        query = request.query
        tenant = str(parse_uuid(query.get("tenant_id", ""), field="tenant_id"))
        extension = str(parse_uuid(query.get("extension_id", ""), field="extension_id"))
        _check_caller(request, tenant)
        found = read(
            tenant,
            extension,
            _number(query.get("after"), "after", least=0),
            min(_number(query.get("limit"), "limit", least=1) or MAX_LINES, MAX_LINES),
            LineFilter(query.get("install_id"), query.get("request_id")),
        )
        return web.Response(
            body=found.model_dump_json(by_alias=True).encode(), headers={"content-type": "application/json"}
        )

    return get_debug_lines


def _check_caller(request: web.Request, tenant: str) -> None:
    caller = caller_of(request)
    if caller.issuer != "gateway":
        raise CallerRefused("Only the gateway reads debug lines.")
    if str(caller.tenant_id) != tenant:
        raise CallerRefused("The service token speaks for another tenant than the request names.")
    if Permission.EXTENSION_DEBUG not in caller.permissions:
        raise CallerRefused("The service token does not carry extension:debug.")


def _number(text: str | None, name: str, *, least: int) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS and int(text) >= least):
        raise InvalidRequest(f'"{name}" must be a number of at least {least}.')
    return int(text)
