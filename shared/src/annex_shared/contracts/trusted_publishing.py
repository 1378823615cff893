"""Trusted publishing: who may publish by the word of an issuer, the exchange of tokens, the switch."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from annex_shared.contracts.wire import Exchanged, Received

# How the gateway passes a publish token on; the registry, which made it, checks it.
PUBLISH_TOKEN_HEADER: Final = "x-annex-publish-token"  # noqa: S105 - the name of a header, not a secret
PUBLISH_TOKEN_PREFIX: Final = "annexpub_"  # noqa: S105 - every token begins with it; the secret follows

ClaimName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]{1,64}$")]
ClaimValue = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class AddTrustedPublisher(Received):
    """`POST /api/v1/publishers/{slug}/trusted-publishers`: whose tokens may publish here.

    A token fits when its issuer and audience are these and each claim has exactly this text. Without ``name``
    it is for every extension of the publisher; without ``audience``, for that of the deployment.
    """

    issuer: str = Field(max_length=512)
    claims: dict[ClaimName, ClaimValue] = Field(max_length=16)
    name: str | None = Field(default=None, max_length=128)
    audience: str | None = Field(default=None, min_length=1, max_length=200)


class TrustedPublisherView(Exchanged):
    id: str
    publisher: str
    name: str | None
    issuer: str
    audience: str
    claims: dict[str, str]
    created_at: datetime


class TrustedPublisherViews(Exchanged):
    items: list[TrustedPublisherView]


class TrustedPublishingInfo(Exchanged):
    """`GET /api/v1/trusted-publishing`: the audience to ask an issuer for, and the issuers that count."""

    audience: str
    issuers: list[str]


class ExchangeIdToken(Received):
    """`POST /api/v1/trusted-publishing/token`: an issuer's token for one that publishes one extension."""

    extension: str = Field(max_length=200)
    id_token: str = Field(max_length=16_384)


class PublishToken(Exchanged):
    """``token`` is shown once; it is sent as an API key is."""

    token: str
    extension: str
    expires_at: datetime
    trusted_publisher_id: str


class ChangeTrustedOnly(Received):
    """`PUT /api/v1/extensions/{publisher}/{name}/trusted-only`."""

    trusted_only: bool
    reason: str = Field(min_length=1, max_length=1000)


class TrustedOnlyChange(Exchanged):
    trusted_only: bool
    reason: str
    actor: str
    recorded_at: datetime


class TrustedOnlyView(Exchanged):
    """Whether tokens of trusted publishers alone may publish, and everything that was said about it."""

    extension: str
    trusted_only: bool
    changes: list[TrustedOnlyChange]
