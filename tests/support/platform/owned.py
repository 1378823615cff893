"""What one tenant and one publisher have on a platform, by the names that addresses have for it."""

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annex_cli.platform_client import PlatformClient
from support.platform.bundles import guest_archive, signed
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant


@dataclass(frozen=True, slots=True)
class Owned:
    """Things of an owner; ``secret`` and what else is private must be shown to nobody else."""

    owner: Tenant
    publisher: PlatformClient
    names: dict[str, str]
    secret: str

    def path(self, template: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], "nothing"), template)

    async def state(self) -> list[Any]:
        """Read all of it, to be compared with what it was."""
        install = f"/api/v1/installs/{self.names['install_id']}"
        paths = ("/api/v1/installs", f"{install}/secrets", f"{install}/schedules", f"{install}/history")
        answers = [await self.owner.client.send("GET", path) for path in paths]
        answers.append(await self.publisher.send("GET", f"/api/v1/uploads/{self.names['upload_id']}"))
        return [(answer.status, json.loads(answer.body)) for answer in answers]


async def owned_things(real: RealPlatform, folder: Path) -> Owned:
    """Make a tenant with an install, a secret, a schedule, and a publisher with an upload."""
    owner = await real.operator.new_tenant()
    install = await owner.install(
        "annex-demo/hello",
        grants=("cap:config.read", "cap:context.read", "cap:log.emit"),
        config={"greeting": "private greeting"},
    )
    secret = f"hush-{secrets.token_hex(12)}"
    base = f"/api/v1/installs/{install.install_id}"
    await _sent(owner, "PUT", f"{base}/secrets/api_key", {"value": secret})
    await owner.warm_call("GET", real.hello.segment, "/hello")
    schedule = await _sent(
        owner,
        "POST",
        f"{base}/schedules",
        {"name": "nightly", "cron": "0 3 * * *", "endpoint": "GET /hello"},
    )
    executions = await owner.client.send("GET", "/api/v1/executions?limit=1")
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    bundle = signed(guest_archive(folder, "ok", publisher=slug), key).bundle
    receipt = await real.operator.client.upload(
        bundle.path, size_bytes=bundle.size_bytes, declared_hash=bundle.content_hash
    )
    names = {
        "install_id": install.install_id,
        "extension": real.hello.segment,
        "publisher": "annex-demo",
        "name": "hello",
        "version": "1.0.0",
        "path": "hello",
        "schedule_id": str(schedule.get("schedule_id") or schedule["id"]),
        "execution_id": json.loads(executions.body)["items"][0]["execution_id"],
        "upload_id": receipt.upload.key.split("/")[-2],
        "slug": slug,
        "key_id": "0123456789abcdef",
        "tenant_id": owner.tenant_id,
    }
    return Owned(owner, real.operator.client, names, secret)


async def _sent(tenant: Tenant, method: str, path: str, document: dict[str, Any]) -> dict[str, Any]:
    answer = await tenant.client.send(
        method, path, body=json.dumps(document).encode(), headers={"content-type": "application/json"}
    )
    assert answer.status < 300, answer.body
    made: dict[str, Any] = json.loads(answer.body)
    return made
