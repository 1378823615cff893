"""Id tokens of issuers, as the exchange for publish tokens judges them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from annex_registry.domain.errors import (
    IdTokenExpired,
    IdTokenInvalid,
    IdTokenMalformed,
    IdTokenNotYetValid,
)
from annex_registry.domain.trusted_publishing import VerifiedIdToken
from annex_shared.errors import AnnexError
from annex_shared.issued_tokens import (
    IssuedToken,
    IssuerKey,
    TokenFault,
    TokenTerms,
    TokenTooEarly,
    TokenTooOld,
    TokenUnreadable,
    audiences_of,
    expiry_of,
)

LEEWAY: Final = timedelta(seconds=60)
# Bounds how long a spent token has to be remembered.
MAX_LIFETIME: Final = timedelta(hours=24)
_TERMS: Final = TokenTerms(LEEWAY, MAX_LIFETIME, required=("iss", "sub", "aud", "exp", "iat", "jti"))
_MAX_JTI_LENGTH = 512


@dataclass(frozen=True, slots=True)
class UnverifiedIdToken:
    """What a token says of itself: which issuer's key to look for. Nothing of it is believed."""

    token: IssuedToken

    @classmethod
    def read(cls, text: str) -> "UnverifiedIdToken":
        """Raise IdTokenMalformed or IdTokenInvalid unless an issuer and a usable algorithm are named."""
        try:
            return cls(IssuedToken.read(text))
        except TokenFault as fault:
            raise _refusal(fault) from None

    @property
    def issuer(self) -> str:
        return self.token.issuer

    @property
    def key_id(self) -> str | None:
        return self.token.key_id

    def verified(self, key: IssuerKey, *, now: datetime) -> VerifiedIdToken:
        """Raise IdTokenInvalid, IdTokenExpired or IdTokenNotYetValid."""
        try:
            claims = self.token.claims(key, terms=_TERMS, now=now)
            audiences = audiences_of(claims)
            expires_at = expiry_of(claims, terms=_TERMS, now=now)
        except TokenFault as fault:
            raise _refusal(fault) from None
        jti = claims["jti"]
        if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI_LENGTH:
            raise _invalid("its jti is empty or too long, so that a second use could not be told")
        return VerifiedIdToken(claims["iss"], claims["sub"], audiences, jti, expires_at, claims)


def _refusal(fault: TokenFault) -> AnnexError:
    """Say in the words of the exchange what is wrong."""
    match fault:
        case TokenTooOld(moment=moment):
            return IdTokenExpired(
                f"The id token expired at {moment:%Y-%m-%d %H:%M:%S} UTC. Ask the issuer for a new one.",
                details={"expired_at": moment.isoformat()},
            )
        case TokenTooEarly(moment=moment):
            return IdTokenNotYetValid(
                f"The id token is valid from {moment:%Y-%m-%d %H:%M:%S} UTC. One of the two clocks is wrong.",
                details={"valid_from": moment.isoformat()},
            )
        case TokenUnreadable(reason=reason):
            return IdTokenMalformed(
                f"The id token cannot be read: {reason}. Send the token of the issuer as it came.",
                details={"field": "id_token", "reason": reason},
            )
        case _:
            return _invalid(fault.reason)


def _invalid(reason: str) -> IdTokenInvalid:
    return IdTokenInvalid(
        f"The id token does not count: {reason}. Nothing was exchanged.",
        details={"field": "id_token", "reason": reason},
    )
