"""A small OIDC issuer over real HTTP: discovery, keys that rotate, tokens good and bad."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from annex_shared.http.server import listening

AUDIENCE = "annex-test"
CLAIMS = {
    "repository": "acme/invoice-notes",
    "repository_owner_id": "4711",
    "workflow_ref": "acme/invoice-notes/.github/workflows/release.yml@refs/heads/main",
    "environment": "release",
    "run_id": "99",
}


@dataclass(frozen=True)
class IssuerKey:
    """A signing key of the issuer under its key id."""

    key_id: str
    algorithm: str
    private: Any

    @classmethod
    def rsa(cls, key_id: str = "rsa-1", *, bits: int = 2048) -> "IssuerKey":
        return cls(key_id, "RS256", rsa.generate_private_key(65537, bits))

    @classmethod
    def ec(cls, key_id: str = "ec-1") -> "IssuerKey":
        return cls(key_id, "ES256", ec.generate_private_key(ec.SECP256R1()))

    def to_jwk(self) -> dict[str, Any]:
        kind = RSAAlgorithm if self.algorithm == "RS256" else ECAlgorithm
        document = json.loads(kind.to_jwk(self.private.public_key()))
        return {**document, "kid": self.key_id, "alg": self.algorithm, "use": "sig"}


@dataclass
class Issuer:
    """What it answers can be changed while it runs; ``asked`` counts the requests for its keys."""

    keys: list[IssuerKey] = field(default_factory=lambda: [IssuerKey.rsa()])
    url: str = ""
    is_down: bool = False
    discovery: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    cache_control: str = ""

    def token(
        self,
        *,
        key: IssuerKey | None = None,
        without: tuple[str, ...] = (),
        headers: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Sign a token as a build would get it; ``claims`` replace or add, ``without`` leaves some out."""
        key, now = key or self.keys[0], datetime.now(UTC)
        said: dict[str, Any] = {
            "iss": self.url,
            "sub": "repo:acme/invoice-notes:environment:release",
            "aud": AUDIENCE,
            "jti": str(uuid4()),
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(minutes=5),
            **CLAIMS,
            **claims,
        }
        kept = {name: value for name, value in said.items() if name not in without}
        return jwt.encode(
            kept, key.private, algorithm=key.algorithm, headers={"kid": key.key_id, **(headers or {})}
        )

    async def _discover(self, _request: web.Request) -> web.Response:
        self._refuse_when_down()
        document = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.discovery}
        return web.json_response(document)

    async def _keys(self, _request: web.Request) -> web.Response:
        self._refuse_when_down()
        self.asked += 1
        headers = {"cache-control": self.cache_control} if self.cache_control else {}
        return web.json_response({"keys": [key.to_jwk() for key in self.keys]}, headers=headers)

    def _refuse_when_down(self) -> None:
        if self.is_down:
            raise web.HTTPServiceUnavailable

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [web.get("/.well-known/openid-configuration", self._discover), web.get("/keys", self._keys)]
        )
        return app


@asynccontextmanager
async def running_issuer() -> AsyncIterator[Issuer]:
    issuer = Issuer()
    async with listening(issuer.app(), host="127.0.0.1", port=0) as port:
        issuer.url = f"http://127.0.0.1:{port}"
        yield issuer
