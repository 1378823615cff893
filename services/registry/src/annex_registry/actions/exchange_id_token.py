"""Exchange an issuer's id token, once, for a token that publishes one extension for a few minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from annex_registry.domain.errors import (
    IdTokenAudienceMismatch,
    IdTokenKeyUnknown,
    IdTokenReplayed,
    IssuerNotAllowed,
    TrustedPublisherMismatch,
)
from annex_registry.domain.id_tokens import LEEWAY, UnverifiedIdToken
from annex_registry.domain.ports import IdTokenIssuers, Records
from annex_registry.domain.trusted_publishing import (
    PublishGrant,
    PublishTokenText,
    RandomBytes,
    TrustedActor,
    TrustedPublisher,
    VerifiedIdToken,
)
from annex_shared.clock import Clock, NewId
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef

log = structlog.get_logger()

# The database's row outlives every moment at which another replica's clock could still take the token.
_REMEMBERED_LONGER = LEEWAY + timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """The token, shown to its holder once, and what it stands for."""

    text: str
    grant: PublishGrant


async def exchange_id_token(
    extension: ExtensionRef,
    id_token: str,
    *,
    issuers: IdTokenIssuers,
    token_lifetime: timedelta,
    records: Records,
    clock: Clock,
    new_id: NewId,
    random_bytes: RandomBytes,
) -> IssuedToken:
    """Verify before anything is read; spend the id token and keep the new one in one transaction."""
    token = await verified_id_token(id_token, issuers=issuers, clock=clock)
    now = clock.now()
    async with records.work() as work:
        trusted = fitting(token, extension, await work.trusted_publishing.of_publisher(extension.publisher))
        text = PublishTokenText.mint(new_id(), random_bytes)
        grant = _grant(text, token, trusted, extension, now=now, lifetime=token_lifetime)
        forget_at = token.expires_at + _REMEMBERED_LONGER
        if not await work.trusted_publishing.spend(token.issuer, token.jti, forget_at=forget_at):
            raise IdTokenReplayed(
                "The id token was exchanged before; each is good for one exchange. Ask the issuer for a new "
                "one. If it was not you who used it, somebody else has read it.",
                details={"issuer": token.issuer},
            )
        await work.trusted_publishing.add_grant(grant)
    log.info(
        "publish_token_issued",
        extension=str(extension),
        issuer=token.issuer,
        subject=shown(token.subject),
        trusted_publisher_id=str(trusted.id),
        token_id=str(grant.token_id),
    )
    return IssuedToken(text.reveal(), grant)


async def verified_id_token(text: str, *, issuers: IdTokenIssuers, clock: Clock) -> VerifiedIdToken:
    """Look the key up at an issuer the operator allows, never at an address that the token names."""
    unverified = UnverifiedIdToken.read(text)
    if unverified.issuer not in issuers.allowed:
        raise IssuerNotAllowed(
            f'Tokens of the issuer "{shown(unverified.issuer, limit=120)}" are not taken here. Ask the '
            "operator which issuers are.",
            details={"issuer": shown(unverified.issuer, limit=200), "allowed": [*sorted(issuers.allowed)]},
        )
    key = await issuers.key(unverified.issuer, unverified.key_id)
    if key is None:
        raise IdTokenKeyUnknown(
            f"The issuer {unverified.issuer} publishes no key "
            f'"{shown(unverified.key_id or "", limit=80)}". Ask it for a new token.',
            details={"issuer": unverified.issuer, "key_id": shown(unverified.key_id or "", limit=200)},
        )
    return unverified.verified(key, now=clock.now())


def fitting(
    token: VerifiedIdToken, extension: ExtensionRef, configured: Sequence[TrustedPublisher]
) -> TrustedPublisher:
    """Return the trusted publisher that a token fits; say the nearest reason when there is none."""
    ours = [
        trusted
        for trusted in configured
        if trusted.issuer == token.issuer and (trusted.name is None or trusted.name.key == extension.name.key)
    ]
    meant = [trusted for trusted in ours if trusted.audience in token.audiences]
    if ours and not meant:
        raise IdTokenAudienceMismatch(
            "The id token was made for another audience. Ask the issuer for one with the audience of this "
            "platform.",
            details={"audiences": [shown(audience, limit=200) for audience in token.audiences[:5]]},
        )
    for trusted in meant:
        if not trusted.differing(token.claims):
            return trusted
    nearest = min((trusted.differing(token.claims) for trusted in meant), key=len, default=[])
    differs = f" These claims differ: {', '.join(nearest)}." if nearest else ""
    raise TrustedPublisherMismatch(
        f"No trusted publisher of {extension} fits this token.{differs} An owner adds one with "
        "`annex trusted-publisher add`.",
        details={"extension": str(extension), "issuer": token.issuer, "claims": [*nearest]},
    )


def _grant(
    text: PublishTokenText,
    token: VerifiedIdToken,
    trusted: TrustedPublisher,
    extension: ExtensionRef,
    *,
    now: datetime,
    lifetime: timedelta,
) -> PublishGrant:
    return PublishGrant(
        token_id=text.token_id,
        secret_hash=text.secret_hash(),
        extension=extension,
        actor=TrustedActor(trusted.id, token.issuer, token.subject, token.evidence(trusted.claims)),
        created_at=now,
        expires_at=now + lifetime,
    )
