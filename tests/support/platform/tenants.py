"""Who uses a platform: its operator, and tenants with one API key each, over the gateway like anybody."""

import json
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annex_cli.attempts import AttemptStore
from annex_cli.platform_client import Answer, PlatformClient, platform_client
from annex_cli.publishing import PublishOutcome, publish_bundle
from annex_shared.contracts.installs import CreateInstall, InstallView
from annex_shared.permissions import Permission
from annex_shared.signing import SigningKey
from support.platform.bundles import SignedBundle
from support.platform.eventually import eventually
from support.platform.running import Platform

_WARM_SECONDS = 60
_SERVICE_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant and a key of it."""

    tenant_id: str
    client: PlatformClient

    async def install(
        self, extension: str, *, grants: Iterable[str] = (), config: Mapping[str, str] | None = None
    ) -> InstallView:
        create = CreateInstall(extension=extension, grants=list(grants), config=dict(config or {}))
        return await self.client.install(create)

    async def call(
        self,
        method: str,
        extension: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return await self.client.send(method, f"/api/ext/{extension}{path}", body=body, headers=headers)

    async def warm_call(
        self,
        method: str,
        extension: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call as a patient client does: again while the platform says that it is not ready yet."""

        async def answered() -> Answer | None:
            answer = await self.call(method, extension, path, body=body, headers=headers)
            return None if answer.status == _SERVICE_UNAVAILABLE else answer

        return await eventually(answered, seconds=_WARM_SECONDS)


@dataclass(frozen=True, slots=True)
class Operator:
    """Holds every permission in a tenant of its own, and makes the others."""

    client: PlatformClient
    stack: AsyncExitStack
    attempts: AttemptStore

    async def new_tenant(self, permissions: Iterable[Permission] = tuple(Permission)) -> Tenant:
        """Make a tenant and a key that may do what is listed there; by default all but administer."""
        slug = f"t{secrets.token_hex(6)}"
        made = await self.post("/api/v1/tenants", {"slug": slug, "name": slug})
        wanted = {
            "name": "test",
            "permissions": [name for name in permissions if name is not Permission.PLATFORM_ADMIN],
            "tenant_id": made["tenant_id"],
        }
        issued = await self.post("/api/v1/api-keys", wanted)
        client = platform_client(self.client.gateway_url, issued["api_key"])
        return Tenant(made["tenant_id"], await self.stack.enter_async_context(client))

    async def new_publisher(self, slug: str) -> SigningKey:
        """Take a slug and trust a new key for it."""
        key = SigningKey.generate()
        await self.post("/api/v1/publishers", {"name": slug})
        pem = key.public.to_pem().decode()
        await self.post(f"/api/v1/publishers/{slug}/keys", {"public_key_pem": pem})
        return key

    async def publish(self, signed: SignedBundle, *, idempotency_key: str | None = None) -> PublishOutcome:
        return await publish_bundle(
            self.client,
            signed.bundle.path,
            signed.signature,
            attempts=self.attempts,
            idempotency_key=idempotency_key,
        )

    async def post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.client.request(
            "POST", path, body=json.dumps(document).encode(), headers={"content-type": "application/json"}
        )
        made: dict[str, Any] = json.loads(answer.body)
        return made


@asynccontextmanager
async def operator_of(platform: Platform, folder: Path) -> AsyncIterator[Operator]:
    """Open the operator of a platform; the clients of the tenants it makes are closed with it."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            platform_client(platform.gateway_url, platform.admin.api_key)
        )
        yield Operator(client, stack, AttemptStore(folder / "attempts"))
