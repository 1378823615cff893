"""LOG_VERIFY with a real registry, runner-proxy and ui-host: what the log does not prove is not loaded."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

import annex_runner_proxy.app
import annex_ui_host.app
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceClient
from annex_shared.messaging.port import Bus
from annex_shared.service_tokens import ServiceTokenIssuer
from annex_shared.settings import InvalidSettings
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner
from annex_ui_host.settings import UiHostSettings
from integration.registry.auditor import Auditor
from integration.registry.world import ADMIN, TENANT, Answer, World, manifest
from integration.ui_host.raw_http import Answer as Shown
from integration.ui_host.raw_http import ask
from support.guests import guest_wasm
from support.hostile_archives import archive, file
from support.witnesses import policy_text, witness_place

NOTES = "acme.invoice-notes"


def bundle(guest: str = "ok", *, page: bytes = b"<p>honest", version: str = "1.4.0") -> bytes:
    document = manifest(version=version, ui={"type": "iframe", "entry": "ui/index.html"}, capabilities=[])
    return archive(
        file(b"manifest.json", json.dumps(document).encode()),
        file(b"dist/main.wasm", guest_wasm(guest)),
        file(b"ui/index.html", page),
    )


@dataclass(slots=True)
class Readers:
    """A runner-proxy and a ui-host beside the registry of ``world``."""

    world: World
    runner_port: int
    ui_port: int

    async def execute(self, install: Any) -> Answer:
        world = self.world
        tokens = ServiceTokenIssuer("gateway", world.issuer_key, SystemClock())
        client = ServiceClient(world.session, f"http://127.0.0.1:{self.runner_port}", "runner-proxy", tokens)
        body = {
            "context": {
                "request_id": "req_1",
                "tenant_id": str(TENANT),
                "extension_id": install["extension_id"],
                "install_id": install["install_id"],
                "version_id": install["version_id"],
                "content_hash": install["content_hash"],
            },
            "http": {"method": "GET", "path": "/"},
            "limits": {"timeout_ms": 20_000},
        }
        return Answer.of(
            await client.request(
                "POST",
                "/v1/execute",
                caller=ADMIN,
                body=json.dumps(body).encode(),
                headers={"content-type": "application/json"},
                timeout_seconds=40,
            )
        )

    async def show(self, content_hash: str) -> Shown:
        return await ask(self.ui_port, f"/ext-ui/{NOTES}/{content_hash}/index.html")

    async def readiness(self, port: int) -> str:
        async with self.world.session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            state: str = (await answer.json())["checks"]["log_verify"]["state"]
            return state

    async def findings(self, port: int) -> list[str]:
        """Return what /metrics counts of versions that were not proven, without what is 0."""
        async with self.world.session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return [line for line in lines if line.startswith("annex_log_verify") and not line.endswith(" 0.0")]


@asynccontextmanager
async def readers(
    world: World, bus: Bus | None = None, *, is_prewarming: bool = False, **settings: Any
) -> AsyncIterator[Readers]:
    key_file = world.folder / "service.pem"
    key_file.write_bytes(world.issuer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    common = {
        "host": "127.0.0.1",
        "port": 0,
        "registry_url": world.url,
        "service_key_file": key_file,
        **settings,
    }
    runner = {
        "service_keys_file": world.folder / "peers.json",
        "cache_root": world.folder / "cache",
        "workers": 1,
        "prewarm": is_prewarming,
        "warm_wait_seconds": 20,
        "secrets_key_file": world.folder / "secrets.json",
    }
    async with AsyncExitStack() as stack:
        runner_settings = RunnerProxySettings.model_validate({**runner, **common})
        runner_port = await stack.enter_async_context(
            annex_runner_proxy.app.running(runner_settings, bus=bus)
        )
        ui_settings = UiHostSettings.model_validate({"frame_ancestors": "http://127.0.0.1:8080", **common})
        ui_port = await stack.enter_async_context(annex_ui_host.app.running(ui_settings, bus=bus))
        yield Readers(world, runner_port, ui_port)


@pytest.fixture
async def logged(auditor: Auditor, bus: Bus) -> AsyncIterator[World]:
    async with auditor.world.running(bus, log_key_file=auditor.world.log_key_file):
        yield auditor.world


async def tampered(world: World, content: bytes) -> str:
    """Make the row of version 1.4.0 name other bytes, which lie in the store, as a superuser can."""
    content_hash = ContentHash.of(content)
    path = world.folder / "bundles" / "blobs" / "sha256" / content_hash.hex[:2] / content_hash.hex
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    async with world.database() as connection, connection.transaction():
        await connection.execute("ALTER TABLE extension_bundle DISABLE TRIGGER USER")
        await connection.execute(
            "UPDATE extension_bundle SET content_hash = $1, size_bytes = $2",
            bytes.fromhex(content_hash.hex),
            len(content),
        )
    return str(content_hash)


async def test_what_the_log_proves_is_run_and_shown_and_the_proof_is_read_once(
    logged: World, auditor: Auditor, bus: Bus
) -> None:
    await logged.published(bundle())
    install = await logged.installed()
    async with readers(logged, bus, log_verify="require", log_vkey=auditor.key.vkey) as services:
        with capture_logs() as logs:
            ran = [await services.execute(install) for _ in range(3)]
            shown = [await services.show(install["content_hash"]) for _ in range(3)]
        states = [await services.readiness(port) for port in (services.runner_port, services.ui_port)]

    assert [answer.status for answer in ran] == [200, 200, 200]
    assert [answer.body for answer in shown] == [b"<p>honest"] * 3
    proofs = [line for line in logs if str(line.get("route")).endswith("/proof")]
    assert len(proofs) == 2
    assert states == ["require, 1 proven, 0 not proven"] * 2


async def test_a_row_that_names_other_bytes_than_the_log_is_refused(
    logged: World, auditor: Auditor, bus: Bus
) -> None:
    await logged.published(bundle())
    evil = await tampered(logged, bundle(page=b"<p>evil"))
    install = await logged.installed()
    assert install["content_hash"] == evil
    async with readers(logged, bus, log_verify="require", log_vkey=auditor.key.vkey) as services:
        with capture_logs() as logs:
            ran, shown = await services.execute(install), await services.show(evil)

    assert (ran.status, ran.code) == (502, "VERSION_NOT_PROVEN")
    assert ran.body["details"]["field"] == "bundle"
    assert (shown.status, json.loads(shown.body)["code"]) == (502, "VERSION_NOT_PROVEN")
    assert not list((logged.folder / "cache" / "modules").glob("*/*.cwasm"))
    told = [line for line in logs if line["event"] == "version_not_proven"]
    assert {(line["extension"], line["version"], line["log_level"]) for line in told} == {
        ("acme/invoice-notes", "1.4.0", "error")
    }


async def test_under_warn_it_is_loaded_with_a_line_in_the_log(
    logged: World, auditor: Auditor, bus: Bus
) -> None:
    await logged.published(bundle())
    evil = await tampered(logged, bundle(page=b"<p>evil"))
    install = await logged.installed()
    async with readers(logged, bus, log_verify="warn", log_vkey=auditor.key.vkey) as services:
        with capture_logs() as logs:
            ran, shown = await services.execute(install), await services.show(evil)
            ports = (services.runner_port, services.ui_port)
            states = [await services.readiness(port) for port in ports]
            counts = [await services.findings(port) for port in ports]

    assert (ran.status, shown.body) == (200, b"<p>evil")
    counted = 'annex_log_verify_findings_total{finding="contradicted",log_verify="warn"} 1.0'
    assert counts == [[counted]] * 2
    assert len([line for line in logs if line["event"] == "version_not_proven"]) == 2
    assert states == ["warn, 0 proven, 1 not proven"] * 2


async def test_under_off_nobody_looks(logged: World, bus: Bus) -> None:
    await logged.published(bundle())
    evil = await tampered(logged, bundle(page=b"<p>evil"))
    install = await logged.installed()
    async with readers(logged, bus, log_verify="off") as services:
        with capture_logs() as logs:
            ran, shown = await services.execute(install), await services.show(evil)

    assert (ran.status, shown.body) == (200, b"<p>evil")
    assert [line for line in logs if str(line.get("route")).endswith("/proof")] == []


async def test_a_proof_by_another_log_is_refused(logged: World, bus: Bus) -> None:
    await logged.published(bundle())
    install = await logged.installed()
    stranger = NoteSigner("log.example/annex", SigningKey.generate()).verifier
    async with readers(logged, bus, log_verify="require", log_vkey=stranger.vkey) as services:
        ran, shown = await services.execute(install), await services.show(install["content_hash"])

    assert (ran.code, json.loads(shown.body)["code"]) == ("VERSION_NOT_PROVEN", "VERSION_NOT_PROVEN")


async def test_what_was_proven_is_loaded_while_the_registry_is_down(
    auditor: Auditor, world: World, bus: Bus
) -> None:
    async with AsyncExitStack() as stack:
        async with world.running(bus, log_key_file=world.log_key_file):
            await world.published(bundle())
            install = await world.installed()
            services = await stack.enter_async_context(
                readers(world, bus, log_verify="require", log_vkey=auditor.key.vkey)
            )
            before = await services.execute(install), await services.show(install["content_hash"])
        after = await services.execute(install), await services.show(install["content_hash"])

    assert [answer.status for answer in (*before, *after)] == [200] * 4


async def test_what_was_not_proven_before_the_registry_went_down_is_not_loaded(
    auditor: Auditor, world: World, bus: Bus
) -> None:
    async with AsyncExitStack() as stack:
        async with world.running(bus, log_key_file=world.log_key_file):
            await world.published(bundle())
            install = await world.installed()
            services = await stack.enter_async_context(
                readers(world, bus, log_verify="require", log_vkey=auditor.key.vkey)
            )
        ran = await services.execute(install)

    assert (ran.status, ran.code) == (503, "REGISTRY_UNAVAILABLE")


async def test_a_proof_that_comes_late_is_waited_for_and_one_that_does_not_is_pending(
    auditor: Auditor, world: World, bus: Bus, tmp_path: Path
) -> None:
    witness = witness_place(tmp_path / "w1", auditor.key)
    async with witness.running():
        pass
    policy = world.folder / "policy"
    policy.write_text(policy_text(auditor.key, [witness], 1))
    settings = {"log_policy_file": policy, "log_witness_max_rest_seconds": 0.2}
    async with world.running(bus, log_key_file=world.log_key_file, log_proof_wait_seconds=0, **settings):
        await world.published(bundle())
        install = await world.installed()
        demand: dict[str, Any] = {"log_verify": "require", "log_policy_file": policy}
        async with readers(world, bus, log_verify_wait_seconds=0.3, **demand) as services:
            pending = await services.execute(install), await services.show(install["content_hash"])
        async with readers(world, bus, log_verify_wait_seconds=15, **demand) as services, witness.running():
            late = await services.execute(install), await services.show(install["content_hash"])

    assert (pending[0].status, pending[0].code) == (503, "VERSION_PROOF_PENDING")
    assert pending[0].headers["retry-after"] == "2"
    assert (pending[1].status, json.loads(pending[1].body)["code"]) == (503, "VERSION_PROOF_PENDING")
    assert [answer.status for answer in late] == [200, 200]


async def test_a_bundle_that_is_not_proven_is_not_made_ready_either(
    logged: World, auditor: Auditor, bus: Bus
) -> None:
    await logged.published(bundle())
    evil = await tampered(logged, bundle(page=b"<p>evil"))
    install = await logged.installed()
    demand: dict[str, Any] = {"log_verify": "require", "log_vkey": auditor.key.vkey}
    with capture_logs() as logs:
        async with readers(logged, bus, is_prewarming=True, **demand):
            async with asyncio.timeout(20):
                while "version_not_prewarmed" not in {line["event"] for line in logs}:  # noqa: ASYNC110 - polled
                    await asyncio.sleep(0.05)

    assert install["content_hash"] == evil
    assert [line for line in logs if line["event"] == "version_compiled"] == []


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"log_verify": "require"}, "LOG_VERIFY=require needs LOG_VKEY or LOG_POLICY_FILE."),
        ({"log_verify": "warn", "log_vkey": "nonsense"}, "LOG_VKEY or LOG_POLICY_FILE: "),
        ({"log_verify": "warn", "log_policy_file": "/nowhere/policy"}, "LOG_POLICY_FILE cannot be read"),
    ],
)
async def test_a_demand_that_nothing_can_meet_stops_the_start(
    logged: World, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        async with readers(logged, **settings):
            pass

    assert sentence in refusal.value.message


async def test_only_services_are_given_proofs_at_the_internal_address(logged: World) -> None:
    await logged.published(bundle())
    path = f"/internal/v1/extensions/acme/invoice-notes/versions/{quote('1.4.0')}/proof"

    stranger = await logged.ask("GET", path, issuer="stranger")
    peer = await logged.ask("GET", path, issuer="ui-host")
    missing = await logged.ask("GET", path.replace("1.4.0", "9.9.9"), issuer="ui-host")

    assert (stranger.status, stranger.code) == (403, "PEER_REQUIRED")
    assert (peer.status, peer.body[:22]) == (200, b"c2sp.org/tlog-proof@v1")
    assert (missing.status, missing.code) == (404, "VERSION_NOT_FOUND")
