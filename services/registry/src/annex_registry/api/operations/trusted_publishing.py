"""Trusted publishing: who is trusted, and the exchange of id tokens."""

from annex_registry.api.operations import facts
from annex_registry.domain import errors
from annex_shared.contracts.trusted_publishing import (
    AddTrustedPublisher,
    ExchangeIdToken,
    PublishToken,
    TrustedPublisherView,
    TrustedPublisherViews,
    TrustedPublishingInfo,
)
from annex_shared.http.operations import Answer, Body, Operation, Operations
from annex_shared.ids import InvalidId

_ROOT = "/api/v1/trusted-publishing"
_TRUSTED = "/api/v1/publishers/{slug}/trusted-publishers"

TRUSTED_PUBLISHING_OPERATIONS: Operations = {
    f"GET {_ROOT}": Operation(
        id="get_trusted_publishing",
        summary="Tell which issuers may vouch for builds, and for which audience",
        tag="publishers",
        description="Open to everybody through the gateway.",
        answers=(Answer(200, "What an id token must be made for.", TrustedPublishingInfo),),
    ),
    f"POST {_ROOT}/token": Operation(
        id="exchange_id_token",
        summary="Exchange a build's id token for a token that publishes one extension",
        tag="publishers",
        description="The id token is the credential: the gateway lets everybody ask.",
        body=Body(ExchangeIdToken),
        answers=(Answer(201, "Good for minutes, and for this extension.", PublishToken),),
        refusals=(
            *facts.NAMED_EXTENSION,
            errors.IssuerNotAllowed,
            errors.IssuerUnavailable,
            errors.IdTokenMalformed,
            errors.IdTokenInvalid,
            errors.IdTokenKeyUnknown,
            errors.IdTokenExpired,
            errors.IdTokenNotYetValid,
            errors.IdTokenReplayed,
            errors.IdTokenAudienceMismatch,
            errors.TrustedPublisherMismatch,
        ),
    ),
    f"POST {_TRUSTED}": Operation(
        id="add_trusted_publisher",
        summary="Let builds publish without a key",
        tag="publishers",
        body=Body(AddTrustedPublisher),
        answers=(Answer(201, "It is trusted.", TrustedPublisherView),),
        refusals=(
            *facts.OWN_PUBLISHER,
            *facts.NAMED_EXTENSION,
            errors.InvalidTrustedPublisher,
            errors.IssuerNotAllowed,
            errors.TrustedPublisherLimit,
        ),
    ),
    f"GET {_TRUSTED}": Operation(
        id="list_trusted_publishers",
        summary="List the builds that are trusted",
        tag="publishers",
        answers=(Answer(200, "All of them.", TrustedPublisherViews),),
        refusals=facts.OWN_PUBLISHER,
    ),
    f"DELETE {_TRUSTED}/{{trusted_id}}": Operation(
        id="remove_trusted_publisher",
        summary="Trust a build no longer",
        tag="publishers",
        answers=(Answer(204, "It gets no further token; what it published stays."),),
        refusals=(*facts.OWN_PUBLISHER, InvalidId, errors.TrustedPublisherNotFound),
    ),
}
