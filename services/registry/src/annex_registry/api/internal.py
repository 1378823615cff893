"""`/internal/v1/*`: the listings that other services fill and repair their projections from."""

import re

from aiohttp import hdrs, web

from annex_registry.actions.read_records import (
    read_install_record,
    read_install_records,
    read_version_records,
    read_version_records_of_hash,
    read_version_status_records,
)
from annex_registry.api.conditional import not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.paging import MAX_INTERNAL_PAGE, integer_of, invalid_cursor, limit_of
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecords
from annex_shared.contracts.versions import VersionRecords, VersionStatusRecords
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import InstallId, InvalidId, parse_uuid

_DEFAULT_PAGE = 500
_NO_STORE = "no-cache"
# A serial names the state of every page; the address of a page is part of what a cache keys by.
_INSTALLS_TAG = re.compile(r'(?:W/)?"installs-(\d{1,18})"', re.ASCII)
_VERSIONS_TAG = re.compile(r'(?:W/)?"versions-(\d{1,18})"', re.ASCII)
_STATUSES_TAG = re.compile(r'(?:W/)?"version-statuses-(\d{1,18})"', re.ASCII)


async def list_versions(request: web.Request) -> web.Response:
    records, caller = dependencies_of(request).records, caller_of(request)
    wanted = request.query.get("content_hash")
    if wanted is not None:
        items, as_of = await read_version_records_of_hash(
            ContentHash.parse(wanted), caller=caller, records=records
        )
        return _json(VersionRecords(items=list(items), as_of=as_of))
    known = _known_serial(request, _VERSIONS_TAG)
    found = await read_version_records(
        after=integer_of(request, "after", default=0),
        limit=limit_of(request, default=_DEFAULT_PAGE, maximum=MAX_INTERNAL_PAGE),
        unless_as_of=known,
        caller=caller,
        records=records,
    )
    if found is None:
        return not_modified(f'"versions-{known}"', cache_control=_NO_STORE)
    items, as_of = found
    return _json(VersionRecords(items=list(items), as_of=as_of), tag=f'"versions-{as_of}"')


async def list_version_statuses(request: web.Request) -> web.Response:
    known = _known_serial(request, _STATUSES_TAG)
    found = await read_version_status_records(
        after=integer_of(request, "after", default=0),
        limit=limit_of(request, default=_DEFAULT_PAGE, maximum=MAX_INTERNAL_PAGE),
        unless_as_of=known,
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if found is None:
        return not_modified(f'"version-statuses-{known}"', cache_control=_NO_STORE)
    items, as_of = found
    return _json(VersionStatusRecords(items=list(items), as_of=as_of), tag=f'"version-statuses-{as_of}"')


async def list_installs(request: web.Request) -> web.Response:
    limit = limit_of(request, default=_DEFAULT_PAGE, maximum=MAX_INTERNAL_PAGE)
    known = _INSTALLS_TAG.fullmatch(request.headers.get(hdrs.IF_NONE_MATCH, "").strip())
    page = await read_install_records(
        after=_place(request),
        limit=limit,
        unless_as_of=int(known[1]) if known else None,
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if page is None:
        assert known is not None  # noqa: S101 - None is the answer to a known serial only
        return not_modified(f'"installs-{known[1]}"', cache_control=_NO_STORE)
    items = list(page.items)
    body = InstallRecords(
        items=items,
        # A full page may be the last one; then the next is empty.
        next_cursor=items[-1].install_id if len(items) == limit else None,
        as_of=page.as_of,
    )
    return _json(body, tag=f'"installs-{page.as_of}"')


async def get_install(request: web.Request) -> web.Response:
    install_id = InstallId(parse_uuid(request.match_info["install_id"], field="install_id"))
    record = await read_install_record(
        install_id, caller=caller_of(request), records=dependencies_of(request).records
    )
    return _json(record)


def _known_serial(request: web.Request, tag: re.Pattern[str]) -> int | None:
    known = tag.fullmatch(request.headers.get(hdrs.IF_NONE_MATCH, "").strip())
    return int(known[1]) if known else None


def _place(request: web.Request) -> InstallId | None:
    text = request.query.get("cursor")
    if not text:
        return None
    try:
        return InstallId(parse_uuid(text, field="cursor"))
    except InvalidId:
        raise invalid_cursor(text) from None


def _json(body: Exchanged, *, tag: str | None = None) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: _NO_STORE}
    if tag is not None:
        headers[hdrs.ETAG] = tag
    return web.Response(body=body.model_dump_json().encode(), headers=headers)


def internal_routes() -> list[web.RouteDef]:
    return [
        web.get("/internal/v1/versions", list_versions),
        web.get("/internal/v1/version-statuses", list_version_statuses),
        web.get("/internal/v1/installs", list_installs),
        web.get("/internal/v1/installs/{install_id}", get_install),
    ]
