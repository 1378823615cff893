"""Id tokens of issuers: read without belief, then verified with the issuer's key and our clock."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from pydantic import JsonValue

from annex_registry.domain.errors import (
    IdTokenExpired,
    IdTokenInvalid,
    IdTokenMalformed,
    IdTokenNotYetValid,
)
from annex_registry.domain.trusted_publishing import VerifiedIdToken
from annex_shared.display_text import shown
from annex_shared.strict_json import NotStrictJson, read_strict_json

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY: Final = timedelta(seconds=60)
# Bounds how long a spent token has to be remembered.
MAX_LIFETIME: Final = timedelta(hours=24)
_MAX_JTI_LENGTH = 512
_PARTS = 3


@dataclass(frozen=True, slots=True)
class UnverifiedIdToken:
    """What a token says of itself: which issuer's key to look for. Nothing of it is believed."""

    text: str
    issuer: str
    algorithm: str
    key_id: str | None

    @classmethod
    def read(cls, text: str) -> "UnverifiedIdToken":
        """Raise IdTokenMalformed unless it is a signed JWT with an issuer and an algorithm we verify."""
        parts = text.split(".")
        if not text.isascii() or len(parts) != _PARTS:
            raise _malformed("it is not three parts with dots between them")
        header, claims = _json(parts[0]), _json(parts[1])
        issuer, algorithm, key_id = claims.get("iss"), header.get("alg"), header.get("kid")
        if not isinstance(issuer, str):
            raise _malformed("it names no issuer (iss)")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise _invalid(f'its algorithm "{shown(str(algorithm), limit=20)}" is not accepted')
        if key_id is not None and not isinstance(key_id, str):
            raise _malformed("its kid is not text")
        return cls(text, issuer, algorithm, key_id)

    def verified(self, key: jwt.PyJWK, *, now: datetime) -> VerifiedIdToken:
        """Raise IdTokenInvalid, IdTokenExpired or IdTokenNotYetValid."""
        if key.algorithm_name != self.algorithm or key.public_key_use not in (None, "sig"):
            raise _invalid("its key is for another algorithm or use")
        try:
            claims: dict[str, Any] = jwt.decode(
                self.text,
                key,
                algorithms=[self.algorithm],
                issuer=self.issuer,
                # Times are judged below, by our clock; the audience by whoever knows which one is meant.
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat", "jti"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                },
            )
        except jwt.MissingRequiredClaimError as missing:
            raise _invalid(f'it has no claim "{shown(missing.claim, limit=20)}"') from None
        except jwt.PyJWTError:
            raise _invalid("its signature was not made by the issuer") from None
        return _judged(claims, now=now)


def _judged(claims: Mapping[str, Any], *, now: datetime) -> VerifiedIdToken:
    subject, jti, audience = claims["sub"], claims["jti"], claims["aud"]
    audiences = (audience,) if isinstance(audience, str) else audience
    if not isinstance(subject, str) or not subject:
        raise _invalid("its subject (sub) is empty")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_JTI_LENGTH:
        raise _invalid("its jti is empty or too long, so that a second use could not be told")
    if not isinstance(audiences, list | tuple) or not all(isinstance(one, str) for one in audiences):
        raise _invalid("its audience (aud) is not text")
    expires_at = _judged_times(claims, now=now)
    return VerifiedIdToken(claims["iss"], subject, tuple(audiences), jti, expires_at, claims)


def _judged_times(claims: Mapping[str, Any], *, now: datetime) -> datetime:
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    begin = max(issued, _moment(claims, "nbf")) if "nbf" in claims else issued
    if expires - begin > MAX_LIFETIME:
        raise _invalid(f"it is valid for longer than {MAX_LIFETIME.total_seconds() / 3600:.0f} hours")
    if now >= expires + LEEWAY:
        raise IdTokenExpired(
            f"The id token expired at {expires:%Y-%m-%d %H:%M:%S} UTC. Ask the issuer for a new one.",
            details={"expired_at": expires.isoformat()},
        )
    if now < begin - LEEWAY:
        raise IdTokenNotYetValid(
            f"The id token is valid from {begin:%Y-%m-%d %H:%M:%S} UTC. One of the two clocks is wrong.",
            details={"valid_from": begin.isoformat()},
        )
    return expires


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _invalid(f'its claim "{name}" is not a time')
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise _invalid(f'its claim "{name}" is not a time') from None


def _json(part: str) -> dict[str, JsonValue]:
    try:
        document = read_strict_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, NotStrictJson):
        raise _malformed("a part of it is not JSON in base64url") from None
    if not isinstance(document, dict):
        raise _malformed("a part of it is not a JSON object")
    return document


def _malformed(reason: str) -> IdTokenMalformed:
    return IdTokenMalformed(
        f"The id token cannot be read: {reason}. Send the token of the issuer as it came.",
        details={"field": "id_token", "reason": reason},
    )


def _invalid(reason: str) -> IdTokenInvalid:
    return IdTokenInvalid(
        f"The id token does not count: {reason}. Nothing was exchanged.",
        details={"field": "id_token", "reason": reason},
    )
