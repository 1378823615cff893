"""Signed tokens (JWT) of OIDC issuers: read without belief, then verified with a key of the issuer's.

What a refusal is called is each service's own business; here are the faults and their reasons only.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from pydantic import JsonValue

from annex_shared.display_text import shown
from annex_shared.strict_json import NotStrictJson, read_strict_json

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_OF_RSA: Final = frozenset(name for name in ALGORITHMS if name[:2] in ("RS", "PS"))
_OF_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_MIN_RSA_BITS: Final = 2048
_PARTS = 3


class TokenFault(Exception):
    """A token does not count; ``reason`` completes "it does not count: …" and holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TokenUnreadable(TokenFault):
    """It is no signed JWT."""


class TokenUnacceptable(TokenFault):
    """It is one, and not one that we take: algorithm, type, signature, a claim that is missing or odd."""


class TokenTooOld(TokenFault):
    """Its time is over; ``moment`` is when it ended."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"it expired at {moment:%Y-%m-%d %H:%M:%S} UTC")
        self.moment = moment


class TokenTooEarly(TokenFault):
    """Its time has not begun; ``moment`` is when it begins."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"it is valid from {moment:%Y-%m-%d %H:%M:%S} UTC")
        self.moment = moment


class IssuerAway(Exception):
    """An issuer's keys cannot be read, and those read earlier are too old or not the ones asked for."""


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key of an issuer and the algorithms that may be used with it."""

    key_id: str | None
    public_key: Any = field(repr=False)
    algorithms: frozenset[str]

    @classmethod
    def of_jwk(cls, document: Mapping[str, Any]) -> "IssuerKey | None":
        """Read a JWK; None for one that verifies nothing here: symmetric, weak, for encryption, unknown."""
        key_id = document.get("kid")
        if document.get("kty") == "oct" or document.get("use", "sig") != "sig":
            return None
        if key_id is not None and not isinstance(key_id, str):
            return None
        try:
            public_key = jwt.PyJWK.from_dict(dict(document)).key
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            return None
        allowed = _algorithms_of(public_key)
        declared = document.get("alg")
        algorithms = allowed if declared is None else allowed & {declared}
        return cls(key_id, public_key, frozenset(algorithms)) if algorithms else None


def _algorithms_of(public_key: object) -> frozenset[str]:
    """List what a kind of key may be used with; never what a token asks for."""
    match public_key:
        case RSAPublicKey():
            return _OF_RSA if public_key.key_size >= _MIN_RSA_BITS else frozenset()
        case EllipticCurvePublicKey():
            name = _OF_CURVES.get(public_key.curve.name)
            return frozenset() if name is None else frozenset({name})
        case Ed25519PublicKey():
            return frozenset({"EdDSA"})
        case _:
            return frozenset()


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """How strictly times are judged."""

    leeway: timedelta
    max_lifetime: timedelta
    required: tuple[str, ...] = ("iss", "sub", "aud", "exp", "iat")


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """What a token says of itself: which issuer's key to look for. Nothing of it is believed."""

    text: str = field(repr=False)
    issuer: str
    algorithm: str
    key_id: str | None
    kind: str | None

    @classmethod
    def read(cls, text: str) -> "IssuedToken":
        """Raise TokenUnreadable or TokenUnacceptable unless an issuer and a usable algorithm are named."""
        parts = text.split(".")
        if not text.isascii() or len(parts) != _PARTS:
            raise TokenUnreadable("it is not three parts with dots between them")
        header, claims = _json(parts[0]), _json(parts[1])
        issuer, algorithm = claims.get("iss"), header.get("alg")
        if not isinstance(issuer, str):
            raise TokenUnreadable("it names no issuer (iss)")
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise TokenUnacceptable(f'its algorithm "{shown(str(algorithm), limit=20)}" is not accepted')
        if "crit" in header:
            raise TokenUnacceptable("its header demands an extension (crit)")
        return cls(text, issuer, algorithm, _text(header, "kid"), _text(header, "typ"))

    def claims(self, key: IssuerKey, *, terms: TokenTerms, now: datetime) -> dict[str, Any]:
        """Return what the issuer says, once it did say it and its time is now. Raises TokenFault.

        Whether the audience is ours is judged by whoever knows which one is meant.
        """
        if self.algorithm not in key.algorithms:
            raise TokenUnacceptable("its key is for another algorithm or use")
        try:
            claims: dict[str, Any] = jwt.decode(
                self.text,
                key.public_key,
                algorithms=[self.algorithm],
                issuer=self.issuer,
                # Times are judged below, by our clock.
                options={
                    "require": list(terms.required),
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                },
            )
        except jwt.MissingRequiredClaimError as missing:
            raise TokenUnacceptable(f'it has no claim "{shown(missing.claim, limit=20)}"') from None
        except jwt.PyJWTError:
            raise TokenUnacceptable("its signature was not made by the issuer") from None
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise TokenUnacceptable("its subject (sub) is empty")
        expiry_of(claims, terms=terms, now=now)
        return claims


def audiences_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return whom a token is for. Raises TokenUnacceptable."""
    audience = claims["aud"]
    audiences = (audience,) if isinstance(audience, str) else audience
    if not isinstance(audiences, list | tuple) or not all(isinstance(one, str) for one in audiences):
        raise TokenUnacceptable("its audience (aud) is not text")
    return tuple(audiences)


def expiry_of(claims: Mapping[str, Any], *, terms: TokenTerms, now: datetime) -> datetime:
    """Return when a token ends, if its time is now. Raises TokenFault."""
    issued, expires = _moment(claims, "iat"), _moment(claims, "exp")
    begin = max(issued, _moment(claims, "nbf")) if "nbf" in claims else issued
    if expires - begin > terms.max_lifetime:
        hours = terms.max_lifetime.total_seconds() / 3600
        raise TokenUnacceptable(f"it is valid for longer than {hours:g} hours")
    if now >= expires + terms.leeway:
        raise TokenTooOld(expires)
    if now < begin - terms.leeway:
        raise TokenTooEarly(begin)
    return expires


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    try:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TokenUnacceptable(f'its claim "{name}" is not a time')
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenUnacceptable(f'its claim "{name}" is not a time') from None


def _text(header: Mapping[str, JsonValue], name: str) -> str | None:
    value = header.get(name)
    if value is not None and not isinstance(value, str):
        raise TokenUnreadable(f"its {name} is not text")
    return value


def _json(part: str) -> dict[str, JsonValue]:
    try:
        document = read_strict_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, NotStrictJson):
        raise TokenUnreadable("a part of it is not JSON in base64url") from None
    if not isinstance(document, dict):
        raise TokenUnreadable("a part of it is not a JSON object")
    return document


def usable_keys(documents: Iterable[object]) -> dict[str | None, IssuerKey]:
    """Keep the keys that verify signatures; one that we cannot read does not hide the others."""
    read = [IssuerKey.of_jwk(document) for document in documents if isinstance(document, dict)]
    return {key.key_id: key for key in read if key is not None}
