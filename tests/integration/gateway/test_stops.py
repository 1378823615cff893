"""`GET /internal/v1/stops`: what administrators stopped, for the ui-host alone."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from annex_shared.clock import SystemClock
from annex_shared.contracts.stops import STOPS_PATH
from annex_shared.http.client import ServiceAnswer, ServiceClient, client_session
from annex_shared.service_tokens import ServiceTokenIssuer
from integration.gateway.conftest import World

KEYS = {service: Ed25519PrivateKey.generate() for service in ("ui-host", "runner-proxy")}

Ask = Callable[..., Awaitable[ServiceAnswer]]


@pytest.fixture
async def ask(world: World, tmp_path: Path) -> AsyncIterator[Ask]:
    keys_file = tmp_path / "peers.json"
    public = {
        name: key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        for name, key in KEYS.items()
    }
    keys_file.write_text(json.dumps(public))
    async with world.gateway(service_keys_file=keys_file), client_session() as session:

        async def asked(issuer: str = "ui-host", **headers: str) -> ServiceAnswer:
            tokens = ServiceTokenIssuer(issuer, KEYS[issuer], SystemClock())
            client = ServiceClient(session, world.gateway_url, "gateway", tokens)
            return await client.request("GET", STOPS_PATH, headers=headers)

        yield asked


async def _set(world: World, method: str, path: str, **body: object) -> None:
    answer = await world.request(
        method, path, data=json.dumps(body).encode(), headers={"x-api-key": world.api_key}
    )
    assert answer.status in (200, 201), answer.json()


async def test_listing_says_what_is_stopped_and_who_is_entitled(world: World, ask: Ask) -> None:
    extension_id, version_id, tenant_id = str(uuid4()), str(uuid4()), str(world.tenant_id)
    before = await ask()
    switches = "/api/v1/kill-switches"
    await _set(world, "POST", switches, scope="extension", reason="bad", extension_id=extension_id)
    await _set(
        world, "POST", switches, scope="version", reason="bad", version_id=version_id, tenant_id=tenant_id
    )
    controls = f"/api/v1/tenants/{tenant_id}/controls"
    await _set(world, "PUT", controls, revision=0, reason="unpaid", is_entitled=False)

    after = await ask()

    assert before.json() == {
        "are_extensions_enabled": True,
        "is_entitled": True,
        "entitled": {},
        "stops": [],
    }
    said = after.json()
    assert said["entitled"] == {tenant_id: False}
    assert sorted(said["stops"], key=len) == [
        {"extension_id": extension_id},
        {"tenant_id": tenant_id, "version_id": version_id},
    ]
    assert before.headers["etag"] != after.headers["etag"]


async def test_listing_that_is_known_is_not_sent_again(ask: Ask) -> None:
    first = await ask()

    again = await ask(**{"if-none-match": first.headers["etag"]})

    assert (again.status, again.body) == (304, b"")


async def test_nobody_but_the_ui_host_reads_it(world: World, ask: Ask) -> None:
    peer = await ask("runner-proxy")
    stranger = await world.request("GET", STOPS_PATH, headers={"x-api-key": world.api_key})

    assert (peer.status, peer.json()["code"]) == (403, "CALLER_REFUSED")
    assert (stranger.status, stranger.json()["code"]) == (401, "SERVICE_TOKEN_REFUSED")
