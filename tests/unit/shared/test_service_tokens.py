"""A service token speaks for one caller, to one service, about one request, for half a minute."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from annex_shared.ids import TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import (
    Caller,
    ServiceTokenIssuer,
    ServiceTokenRefused,
    ServiceTokenVerifier,
    body_digest,
    request_digest,
)

TENANT = TenantId(UUID("0190f0c0-0000-7000-8000-000000000001"))
REQUEST = request_digest("POST", "/v1/execute?a=1", body_digest(b"{}"))


class SetClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class Pair:
    """A gateway that issues and a registry that verifies, on one clock."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.key = Ed25519PrivateKey.generate()
        self.issuer = ServiceTokenIssuer("gateway", self.key, self.clock)
        self.verifier = ServiceTokenVerifier("registry", {"gateway": self.key.public_key()}, self.clock)

    def token(self, *, audience: str = "registry", request: str = REQUEST) -> str:
        caller = Caller("p1", TENANT, frozenset({Permission.EXTENSION_READ}))
        return self.issuer.issue(caller, audience=audience, request=request)


def test_the_caller_arrives_with_tenant_and_permissions() -> None:
    pair = Pair()

    caller = pair.verifier.verify(pair.token(), request=REQUEST)

    assert caller == Caller("p1", TENANT, frozenset({Permission.EXTENSION_READ}), issuer="gateway")


@pytest.mark.parametrize(
    "other",
    [
        request_digest("PUT", "/v1/execute?a=1", body_digest(b"{}")),
        request_digest("POST", "/v1/execute?a=2", body_digest(b"{}")),
        request_digest("POST", "/v1/execute?a=1", body_digest(b"{} ")),
        request_digest("POST", "/v1/execute?a=1", "stream"),
    ],
)
def test_a_token_for_another_request_is_refused(other: str) -> None:
    pair = Pair()

    with pytest.raises(ServiceTokenRefused, match="another request"):
        pair.verifier.verify(pair.token(), request=other)


def test_a_token_for_another_service_is_refused() -> None:
    pair = Pair()

    with pytest.raises(ServiceTokenRefused, match="known peer"):
        pair.verifier.verify(pair.token(audience="ui-host"), request=REQUEST)


def test_a_token_of_an_unknown_key_is_refused() -> None:
    pair = Pair()
    stranger = ServiceTokenIssuer("gateway", Ed25519PrivateKey.generate(), pair.clock)
    token = stranger.issue(Caller("p1"), audience="registry", request=REQUEST)

    with pytest.raises(ServiceTokenRefused, match="known peer"):
        pair.verifier.verify(token, request=REQUEST)


@pytest.mark.parametrize("shift", [timedelta(seconds=36), timedelta(seconds=-6)])
def test_a_token_outside_its_time_is_refused(shift: timedelta) -> None:
    pair = Pair()
    token = pair.token()
    pair.clock.time += shift

    with pytest.raises(ServiceTokenRefused, match="expired or is not valid yet"):
        pair.verifier.verify(token, request=REQUEST)


def test_a_known_peer_cannot_speak_as_another() -> None:
    pair = Pair()
    own = Ed25519PrivateKey.generate()
    verifier = ServiceTokenVerifier(
        "registry", {"gateway": pair.key.public_key(), "ui-host": own.public_key()}, pair.clock
    )
    claims = jwt.decode(pair.token(), options={"verify_signature": False})
    forged = jwt.encode(claims, own, algorithm="EdDSA", headers={"kid": "ui-host"})

    with pytest.raises(ServiceTokenRefused):
        verifier.verify(forged, request=REQUEST)


def test_a_token_made_to_last_longer_is_refused() -> None:
    pair = Pair()
    now = int(pair.clock.now().timestamp())
    claims = {"iss": "gateway", "aud": "registry", "sub": "p1", "iat": now, "exp": now + 3600, "req": REQUEST}
    token = jwt.encode(claims, pair.key, algorithm="EdDSA", headers={"kid": "gateway"})

    with pytest.raises(ServiceTokenRefused, match="longer than 30 seconds"):
        pair.verifier.verify(token, request=REQUEST)


@pytest.mark.parametrize("token", [None, "", "x", "a.b.c"])
def test_what_is_no_token_is_refused(token: str | None) -> None:
    with pytest.raises(ServiceTokenRefused):
        Pair().verifier.verify(token, request=REQUEST)


def test_an_unsigned_token_is_refused() -> None:
    pair = Pair()
    token = jwt.encode({"sub": "p1", "req": REQUEST}, "", algorithm="none", headers={"kid": "gateway"})

    with pytest.raises(ServiceTokenRefused):
        pair.verifier.verify(token, request=REQUEST)
