"""A gateway that takes tokens of a running issuer."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from annex_gateway.domain.sessions import SECURE_COOKIE
from integration.gateway.conftest import Answer, World
from support.oidc_issuer import AUDIENCE, Issuer, running_issuer

HOME = "https://annex.example"


@dataclass
class TokenWorld:
    """The world, and the issuer whose tokens it takes."""

    world: World
    issuer: Issuer

    def token(self, subject: str = "ada", **claims: Any) -> str:
        said = {"sub": subject, "tenant_id": self.world.tenant_id, "name": subject.title(), **claims}
        return self.issuer.token(**{name: value for name, value in said.items() if value is not None})

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, key: str | None = None
    ) -> Answer:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        if key is not None:
            headers["x-api-key"] = key
        data = None if body is None else json.dumps(body).encode()
        return await self.world.request(method, path, data=data, headers=headers)

    async def admin(self, method: str, path: str, body: Any = None) -> Answer:
        return await self.ask(method, path, body, key=self.world.api_key)

    async def principal_id(self, token: str) -> str:
        return str((await self.ask("GET", "/api/v1/me", token=token)).json()["principal_id"])

    async def with_role(self, role: str, subject: str = "ada", **claims: Any) -> str:
        """Return a token of somebody to whom a role is assigned."""
        token = self.token(subject, **claims)
        principal_id = await self.principal_id(token)
        given = await self.admin("PUT", f"/api/v1/principals/{principal_id}/roles/{role}")
        assert given.status == 200, given.body
        return token

    async def other_tenant(self) -> str:
        """Make a second tenant and return its id."""
        answer = await self.admin("POST", "/api/v1/tenants", {"slug": "other", "name": "Other"})
        return str(answer.json()["tenant_id"])

    async def execute(self, statement: str, *arguments: object) -> None:
        connection = await asyncpg.connect(self.world.database_url.replace("gateway_app:x@", "annex@"))
        await connection.execute(statement, *arguments)
        await connection.close()


def issuers_file(folder: Path, issuer: Issuer, /, **changes: Any) -> Path:
    document = {
        "issuer": issuer.url,
        "audiences": [AUDIENCE],
        "any_tenant": True,
        "claims": {"roles": "roles", "permissions": "permissions"},
        "additional_fields": ["department"],
        **changes,
    }
    path = folder / "issuers.json"
    path.write_text(json.dumps({"issuers": [document]}))
    return path


@asynccontextmanager
async def taking_tokens(world: World, folder: Path, **settings: Any) -> AsyncIterator[TokenWorld]:
    async with running_issuer() as issuer:
        path = issuers_file(folder, issuer)
        settings = {"token_issuers_file": path, "api_key_cache_seconds": 0.0, **settings}
        async with world.gateway(**settings):
            yield TokenWorld(world, issuer)


@dataclass
class Browser:
    """What a browser keeps and adds: the cookie, its page's origin, and the session's token."""

    world: World
    secret: str
    csrf_token: str

    async def ask(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        said: dict[str, str | None] = {
            "host": HOME.removeprefix("https://"),
            "origin": HOME,
            "sec-fetch-site": "same-origin",
            "cookie": f"theme=dark; {SECURE_COOKIE}={self.secret}",
            "x-csrf-token": self.csrf_token,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        data = None if body is None else json.dumps(body).encode()
        sent = {name: value for name, value in said.items() if value is not None}
        return await self.world.request(method, path, data=data, headers=sent)


async def signed_in(world: World, *, body: Any = None, **headers: str) -> Browser:
    """Sign in with a credential, or with a link in the body."""
    data = None if body is None else json.dumps(body).encode()
    answer = await world.request("POST", "/api/v1/sessions", data=data, headers=headers)
    assert answer.status == 201, answer.body
    return Browser(world, cookie_of(answer), answer.json()["csrf_token"])


def cookie_of(answer: Answer) -> str:
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    assert name == SECURE_COOKIE
    return str(value)
