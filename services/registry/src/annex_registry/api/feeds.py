"""`/api/v1/feed` and `/api/v1/snapshot`: follow what happens, and begin from a state that is known."""

from typing import Any
from uuid import UUID

from aiohttp import hdrs, web

from annex_registry.actions.read_feed import FeedWish, read_feed
from annex_registry.actions.read_snapshot import read_installs_snapshot, read_versions_snapshot
from annex_registry.api.conditional import known_tag, not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.installs import view
from annex_registry.api.paging import (
    MAX_SERIAL,
    integer_of,
    invalid_cursor,
    limit_of,
    read_cursor,
    write_cursor,
)
from annex_registry.domain.feed import FEEDS
from annex_shared.contracts.events import REGISTRY_FEED
from annex_shared.contracts.feeds import FeedPage, InstallsSnapshot, VersionsSnapshot
from annex_shared.http.problems import InvalidRequest
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import InstallId

_DEFAULT_PAGE = 500
_MAX_PAGE = 1000
# A tenant sees its own part, so no shared cache may keep it.
_PRIVATE = "private, no-cache"
# Below the half minute after which proxies give up on a silent answer.
_MAX_WAIT_SECONDS = 25


async def get_feed(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    wish = FeedWish(
        feed=_feed(request),
        after=integer_of(request, "after", default=0),
        limit=limit_of(request, default=_DEFAULT_PAGE, maximum=_MAX_PAGE),
        wait_seconds=_wait(request),
        known_tag=known_tag(request),
    )
    page = await read_feed(
        wish,
        caller=caller_of(request),
        records=dependencies.records,
        watch=dependencies.feeds,
        is_wanted=lambda: request.transport is not None and not request.transport.is_closing(),
    )
    if page.is_known:
        return not_modified(page.tag, cache_control=_PRIVATE)
    body = FeedPage(feed=wish.feed, items=list(page.events), next_after=page.next_after, as_of=page.as_of)
    return _json(body.to_bytes(), tag=page.tag)


async def get_snapshot(request: web.Request) -> web.Response:
    feed = _feed(request)
    limit = limit_of(request, default=_DEFAULT_PAGE, maximum=_MAX_PAGE)
    if feed == REGISTRY_FEED:
        return await _versions(request, limit)
    return await _installs(request, limit)


async def _versions(request: web.Request, limit: int) -> web.Response:
    as_of, after = _place(request, int)
    snapshot = await read_versions_snapshot(
        after=after or 0,
        as_of=as_of,
        limit=limit,
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if snapshot.items is None:
        return not_modified(snapshot.tag, cache_control=_PRIVATE)
    body = VersionsSnapshot(
        items=list(snapshot.items),
        as_of=snapshot.as_of,
        next_cursor=None if snapshot.last is None else write_cursor([snapshot.as_of, snapshot.last]),
    )
    return _json(body.model_dump_json().encode(), tag=snapshot.tag)


async def _installs(request: web.Request, limit: int) -> web.Response:
    as_of, after = _place(request, str)
    snapshot = await read_installs_snapshot(
        after=None if after is None else InstallId(UUID(after)),
        as_of=as_of,
        limit=limit,
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if snapshot.items is None:
        return not_modified(snapshot.tag, cache_control=_PRIVATE)
    body = InstallsSnapshot(
        items=[view(install) for install in snapshot.items],
        as_of=snapshot.as_of,
        next_cursor=None if snapshot.last is None else write_cursor([snapshot.as_of, str(snapshot.last)]),
    )
    return _json(body.model_dump_json().encode(), tag=snapshot.tag)


def _feed(request: web.Request) -> str:
    feed = request.query.get("feed", "")
    if feed not in FEEDS:
        names = " or ".join(FEEDS)
        raise InvalidRequest(f'"feed" must be {names}.', details={"field": "feed", "feeds": list(FEEDS)})
    return feed


def _wait(request: web.Request) -> int:
    seconds = integer_of(request, "wait", default=0)
    if seconds > _MAX_WAIT_SECONDS:
        raise InvalidRequest(
            f'"wait" must be between 0 and {_MAX_WAIT_SECONDS} seconds.', details={"field": "wait"}
        )
    return seconds


def _place(request: web.Request, kind: type[int] | type[str]) -> tuple[int | None, Any]:
    """Read the cursor of a snapshot: the serial of its first page, and what the last page ended with."""
    text = request.query.get("cursor")
    if not text:
        return None, None
    place = read_cursor(text)
    match place:
        case [int(as_of), int(serial)] if kind is int and 0 <= serial <= as_of <= MAX_SERIAL:
            return as_of, serial
        case [int(as_of), str(install_id)] if (
            kind is str and 0 <= as_of <= MAX_SERIAL and _is_uuid(install_id)
        ):
            return as_of, install_id
        case _:
            raise invalid_cursor(text)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _json(body: bytes, *, tag: str) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: _PRIVATE, hdrs.ETAG: tag}
    return web.Response(body=body, headers=headers)


def feed_routes() -> list[web.RouteDef]:
    return [
        web.get("/api/v1/feed", get_feed, allow_head=False),
        web.get("/api/v1/snapshot", get_snapshot, allow_head=False),
    ]
