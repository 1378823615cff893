"""Publishers, their keys and members."""

from typing import Literal

from aiohttp import hdrs, web
from pydantic import Field

from annex_registry.actions.change_publisher import add_key, add_member, revoke_key, rotate_key
from annex_registry.actions.create_publisher import create_publisher
from annex_registry.actions.read_publishers import read_publisher, read_publishers
from annex_registry.api.conditional import known_tag, not_modified
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.paging import MAX_PUBLIC_PAGE, invalid_cursor, limit_of, read_cursor, write_cursor
from annex_registry.domain.publisher import KeyWindow, MemberRole, Publisher, PublisherKey
from annex_shared.contracts.publish import (
    AddPublisherKey,
    CreatePublisher,
    PublisherKeyView,
    PublisherView,
    RevokedKeyView,
)
from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.http.service_auth import caller_of
from annex_shared.names import PublisherSlug

_DEFAULT_PAGE = 50
_ROOT = "/api/v1/publishers"
_PRIVATE = "private, no-cache"


class AddMember(Received):
    """`POST /api/v1/publishers/{slug}/members`: also changes the role of a member."""

    principal_id: str = Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")
    role: Literal["owner", "maintainer", "member"] = "member"


class PublisherViews(Exchanged):
    items: list[PublisherView]
    next_cursor: str | None


async def create(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = CreatePublisher.model_validate_json(await request.read())
    publisher = await create_publisher(
        body.name, caller=caller_of(request), records=dependencies.records, clock=dependencies.clock
    )
    return _json(_view(publisher), status=201)


async def list_all(request: web.Request) -> web.Response:
    text = request.query.get("cursor")
    after = None if text is None else read_cursor(text)
    if text is not None and (not isinstance(after, str) or "\0" in after):
        raise invalid_cursor(text)
    page = await read_publishers(
        after=after,
        limit=limit_of(request, default=_DEFAULT_PAGE, maximum=MAX_PUBLIC_PAGE),
        known_tag=known_tag(request),
        caller=caller_of(request),
        records=dependencies_of(request).records,
    )
    if page.publishers is None:
        return not_modified(page.tag, cache_control=_PRIVATE)
    cursor = None if page.next_after is None else write_cursor(page.next_after)
    answer = _json(PublisherViews(items=[_view(one) for one in page.publishers], next_cursor=cursor))
    answer.headers[hdrs.ETAG] = page.tag
    return answer


async def get_one(request: web.Request) -> web.Response:
    publisher = await read_publisher(
        _slug(request), caller=caller_of(request), records=dependencies_of(request).records
    )
    return _json(_view(publisher))


async def create_key(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = AddPublisherKey.model_validate_json(await request.read())
    key = await add_key(
        _slug(request),
        body.public_key_pem,
        KeyWindow(body.valid_from, body.valid_until),
        caller=caller_of(request),
        records=dependencies.records,
        signed=dependencies.signed,
        clock=dependencies.clock,
    )
    return _json(_key_view(key), status=201)


async def replace_key(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = AddPublisherKey.model_validate_json(await request.read())
    key = await rotate_key(
        _slug(request),
        request.match_info["key_id"],
        body.public_key_pem,
        KeyWindow(body.valid_from, body.valid_until),
        caller=caller_of(request),
        records=dependencies.records,
        signed=dependencies.signed,
        clock=dependencies.clock,
    )
    return _json(_key_view(key), status=201)


async def delete_key(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    await revoke_key(
        _slug(request),
        request.match_info["key_id"],
        caller=caller_of(request),
        records=dependencies.records,
        signed=dependencies.signed,
        clock=dependencies.clock,
    )
    return web.Response(status=204)


async def set_member(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = AddMember.model_validate_json(await request.read())
    await add_member(
        _slug(request),
        body.principal_id,
        MemberRole(body.role),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return web.Response(status=204)


def _slug(request: web.Request) -> PublisherSlug:
    return PublisherSlug.of(request.match_info["slug"])


def _view(publisher: Publisher) -> PublisherView:
    """Show the keys that count, and the revoked ones apart: what they signed is still there to be judged."""
    return PublisherView(
        slug=publisher.slug.text,
        keys=[_key_view(key) for key in publisher.active_keys],
        revoked_keys=[
            RevokedKeyView(key_id=key.key_id, added_at=key.added_at, revoked_at=key.revoked_at)
            for key in publisher.keys
            if key.revoked_at is not None
        ],
    )


def _key_view(key: PublisherKey) -> PublisherKeyView:
    return PublisherKeyView(
        key_id=key.key_id,
        added_at=key.added_at.isoformat().replace("+00:00", "Z"),
        valid_from=key.window.begin,
        valid_until=key.window.end,
        log_index=key.log_index,
    )


def _json(body: Exchanged, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: _PRIVATE},
    )


def publisher_routes() -> list[web.RouteDef]:
    return [
        web.post(_ROOT, create),
        web.get(_ROOT, list_all),
        web.get(_ROOT + "/{slug}", get_one),
        web.post(_ROOT + "/{slug}/keys", create_key),
        web.delete(_ROOT + "/{slug}/keys/{key_id}", delete_key),
        web.post(_ROOT + "/{slug}/keys/{key_id}/rotate", replace_key),
        web.post(_ROOT + "/{slug}/members", set_member),
    ]
