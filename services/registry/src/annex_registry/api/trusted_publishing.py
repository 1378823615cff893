"""Trusted publishing: who is trusted, the exchange of id tokens, and the switch of an extension."""

from aiohttp import hdrs, web

from annex_registry.actions.change_trusted_only import TrustedOnly, change_trusted_only, read_trusted_only
from annex_registry.actions.change_trusted_publishers import (
    TrustWish,
    add_trusted_publisher,
    list_trusted_publishers,
    remove_trusted_publisher,
)
from annex_registry.actions.exchange_id_token import exchange_id_token
from annex_registry.api.dependencies import dependencies_of
from annex_registry.api.versions import named_extension
from annex_registry.domain.trusted_publishing import TrustedPublisher
from annex_shared.contracts.trusted_publishing import (
    AddTrustedPublisher,
    ChangeTrustedOnly,
    ExchangeIdToken,
    PublishToken,
    TrustedOnlyChange,
    TrustedOnlyView,
    TrustedPublisherView,
    TrustedPublisherViews,
    TrustedPublishingInfo,
)
from annex_shared.contracts.wire import Exchanged
from annex_shared.http.service_auth import caller_of
from annex_shared.ids import parse_uuid
from annex_shared.names import ExtensionName, ExtensionRef, PublisherSlug

_TRUSTED = "/api/v1/publishers/{slug}/trusted-publishers"
_SWITCH = "/api/v1/extensions/{publisher}/{name}/trusted-only"
_PUBLISHING = "/api/v1/trusted-publishing"


async def tell(request: web.Request) -> web.Response:
    issuers = dependencies_of(request).issuers
    return _json(TrustedPublishingInfo(audience=issuers.audience, issuers=sorted(issuers.allowed)))


async def exchange(request: web.Request) -> web.Response:
    # The id token is the credential here: who passes the request on says nothing about it.
    dependencies = dependencies_of(request)
    body = ExchangeIdToken.model_validate_json(await request.read())
    issued = await exchange_id_token(
        ExtensionRef.parse(body.extension),
        body.id_token,
        issuers=dependencies.issuers,
        token_lifetime=dependencies.publish_token_lifetime,
        records=dependencies.records,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
        random_bytes=dependencies.random_bytes,
    )
    grant = issued.grant
    return _json(
        PublishToken(
            token=issued.text,
            extension=str(grant.extension),
            expires_at=grant.expires_at,
            trusted_publisher_id=str(grant.actor.trusted_publisher_id),
        ),
        status=201,
    )


async def add(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = AddTrustedPublisher.model_validate_json(await request.read())
    trusted = await add_trusted_publisher(
        TrustWish(
            publisher=_slug(request),
            name=None if body.name is None else ExtensionName.parse(body.name),
            issuer=body.issuer,
            audience=body.audience,
            claims=body.claims,
        ),
        caller=caller_of(request),
        issuers=dependencies.issuers,
        records=dependencies.records,
        clock=dependencies.clock,
        new_id=dependencies.new_id,
    )
    return _json(_view(trusted), status=201)


async def list_all(request: web.Request) -> web.Response:
    found = await list_trusted_publishers(
        _slug(request), caller=caller_of(request), records=dependencies_of(request).records
    )
    return _json(TrustedPublisherViews(items=[_view(trusted) for trusted in found]))


async def remove(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    await remove_trusted_publisher(
        _slug(request),
        parse_uuid(request.match_info["trusted_id"], field="trusted publisher"),
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return web.Response(status=204)


async def put_switch(request: web.Request) -> web.Response:
    dependencies = dependencies_of(request)
    body = ChangeTrustedOnly.model_validate_json(await request.read())
    trusted_only = await change_trusted_only(
        named_extension(request),
        is_trusted_only=body.trusted_only,
        reason=body.reason,
        caller=caller_of(request),
        records=dependencies.records,
        clock=dependencies.clock,
    )
    return _json(_switch_view(trusted_only))


async def get_switch(request: web.Request) -> web.Response:
    trusted_only = await read_trusted_only(
        named_extension(request), caller=caller_of(request), records=dependencies_of(request).records
    )
    return _json(_switch_view(trusted_only))


def _slug(request: web.Request) -> PublisherSlug:
    return PublisherSlug.of(request.match_info["slug"])


def _view(trusted: TrustedPublisher) -> TrustedPublisherView:
    return TrustedPublisherView(
        id=str(trusted.id),
        publisher=trusted.publisher.text,
        name=trusted.name.text if trusted.name else None,
        issuer=trusted.issuer,
        audience=trusted.audience,
        claims=dict(trusted.claims),
        created_at=trusted.created_at,
    )


def _switch_view(trusted_only: TrustedOnly) -> TrustedOnlyView:
    return TrustedOnlyView(
        extension=str(trusted_only.extension.ref),
        trusted_only=trusted_only.is_on,
        changes=[
            TrustedOnlyChange(
                trusted_only=fact.is_trusted_only,
                reason=fact.reason,
                actor=fact.actor,
                recorded_at=fact.recorded_at,
            )
            for fact in trusted_only.facts
        ],
    )


def _json(body: Exchanged, *, status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=body.model_dump_json().encode(),
        headers={hdrs.CONTENT_TYPE: "application/json", hdrs.CACHE_CONTROL: "no-store"},
    )


def trusted_publishing_routes() -> list[web.RouteDef]:
    return [
        web.get(_PUBLISHING, tell),
        web.post(f"{_PUBLISHING}/token", exchange),
        web.post(_TRUSTED, add),
        web.get(_TRUSTED, list_all),
        web.delete(_TRUSTED + "/{trusted_id}", remove),
        web.get(_SWITCH, get_switch),
        web.put(_SWITCH, put_switch),
    ]
