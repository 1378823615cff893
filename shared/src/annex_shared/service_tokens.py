"""Service tokens: who calls, on whose behalf, for exactly this request; valid for at most 30 seconds.

A token is a JWT signed with the calling service's Ed25519 key (RFC 8037) in the header
``x-annex-service-token``. Its ``req`` claim is the hex SHA-256 over
``<method> LF <path and query> LF <body>`` where ``<body>`` is the hex SHA-256 of the body, or ``stream``
on the few routes that take a body too large to hold.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from annex_shared.clock import Clock
from annex_shared.errors import AnnexError
from annex_shared.ids import TenantId
from annex_shared.permissions import Permission

SERVICE_TOKEN_HEADER = "x-annex-service-token"  # noqa: S105 - the name of a header, not a secret
STREAMED_BODY = "stream"
_LIFETIME = timedelta(seconds=30)
_LEEWAY = timedelta(seconds=5)
_REQUIRED_CLAIMS = ("iss", "aud", "sub", "iat", "exp", "req")


class ServiceTokenRefused(AnnexError):
    """A service token is absent, expired, for another request or audience, or not signed by a known peer."""


class InvalidServiceKeys(AnnexError):
    """A service key file does not hold Ed25519 keys in PEM."""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a service acts: a principal of a tenant, or the service itself."""

    principal: str
    tenant_id: TenantId | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    issuer: str = ""

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


def body_digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def request_digest(method: str, path_and_query: str, body: str) -> str:
    """Bind a token to one request; ``body`` is ``body_digest(...)`` or ``STREAMED_BODY``."""
    return hashlib.sha256(f"{method.upper()}\n{path_and_query}\n{body}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ServiceTokenIssuer:
    """Signs tokens as one service."""

    service: str
    key: Ed25519PrivateKey
    clock: Clock

    def issue(self, caller: Caller, *, audience: str, request: str) -> str:
        now = self.clock.now()
        claims: dict[str, Any] = {
            "iss": self.service,
            "aud": audience,
            "sub": caller.principal,
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFETIME).timestamp()),
            "req": request,
            "permissions": sorted(caller.permissions),
        }
        if caller.tenant_id is not None:
            claims["tenant"] = str(caller.tenant_id)
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers={"kid": self.service})

    def own_caller(self) -> Caller:
        """Make the caller for work the service does for itself, such as filling a projection."""
        return Caller(principal=f"service:{self.service}")


@dataclass(frozen=True, slots=True)
class ServiceTokenVerifier:
    """Checks tokens addressed to one service against the public keys of its peers."""

    service: str
    peers: Mapping[str, Ed25519PublicKey]
    clock: Clock

    def verify(self, token: str | None, *, request: str) -> Caller:
        """Return the caller a token speaks for. Raises ServiceTokenRefused, without saying more than why."""
        claims = self._claims(token)
        if claims["req"] != request:
            raise ServiceTokenRefused("The service token was issued for another request.")
        try:
            tenant = claims.get("tenant")
            return Caller(
                principal=str(claims["sub"]),
                tenant_id=None if tenant is None else TenantId(UUID(tenant)),
                permissions=frozenset(Permission(name) for name in claims.get("permissions", ())),
                issuer=str(claims["iss"]),
            )
        except (ValueError, TypeError, AttributeError):
            raise ServiceTokenRefused("The service token holds a claim that cannot be read.") from None

    def _claims(self, token: str | None) -> dict[str, Any]:
        if not token:
            raise ServiceTokenRefused("This address is for other services and needs a service token.")
        try:
            name = _key_id(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                self.peers[name],
                algorithms=["EdDSA"],
                audience=self.service,
                # A peer speaks in its own name only: what one may do, another with a key of its own may not.
                issuer=name,
                # Times are judged below, by our clock.
                options={"require": list(_REQUIRED_CLAIMS), "verify_exp": False, "verify_iat": False},
            )
        except (KeyError, ValueError, jwt.PyJWTError):
            raise ServiceTokenRefused("The service token is not signed by a known peer for us.") from None
        self._check_times(claims)
        return claims

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self.clock.now().timestamp()
        issued, expires = float(claims["iat"]), float(claims["exp"])
        if expires - issued > _LIFETIME.total_seconds():
            raise ServiceTokenRefused("The service token is valid for longer than 30 seconds.")
        leeway = _LEEWAY.total_seconds()
        if now > expires + leeway or now < issued - leeway:
            raise ServiceTokenRefused("The service token has expired or is not valid yet.")


def _key_id(token: str) -> str:
    """Read which key a token claims, once and cheaply; PyJWT parses and checks the whole of it after that."""
    header = token.partition(".")[0]
    document = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    return str(document["kid"]) if isinstance(document, dict) else ""


def load_service_key(pem: bytes) -> Ed25519PrivateKey:
    """Load a service's private key (PKCS #8 PEM). Raises InvalidServiceKeys."""
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidServiceKeys("SERVICE_KEY_FILE must hold one Ed25519 private key in PEM.")
    return key


def load_peer_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """Load `{"<service>": "<public key PEM>", …}` from SERVICE_KEYS_FILE. Raises InvalidServiceKeys."""
    try:
        documents = json.loads(path.read_text())
        return dict(_peer_keys(documents.items()))
    except (OSError, ValueError, AttributeError):
        raise InvalidServiceKeys(f"{path} must hold a JSON object of service names and PEM keys.") from None


def _peer_keys(documents: Iterable[tuple[str, str]]) -> Iterable[tuple[str, Ed25519PublicKey]]:
    for service, pem in documents:
        key = load_pem_public_key(pem.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise InvalidServiceKeys(f"The key of {service} in SERVICE_KEYS_FILE is not Ed25519.")
        yield service, key
