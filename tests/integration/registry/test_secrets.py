"""Secrets one by one: write-only, with an end of use, an age, and keys that can be replaced."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from annex_registry.app import reseal
from annex_registry.settings import ResealSettings
from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.ids import InstallId
from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from annex_shared.secret_envelope import SecretsKeyring
from integration.registry.world import OTHER_TENANT, TENANT, Answer, World, somebody
from support.vault import TOKEN, TransitServer, transit_server

DAY = timedelta(days=1)


@pytest.fixture
async def vault(world: World) -> AsyncIterator[TransitServer]:
    (world.folder / "vault-token").write_text(TOKEN)
    async with transit_server() as server:
        yield server


def _path(install: Any, name: str = "") -> str:
    return f"/api/v1/installs/{install['install_id']}/secrets{name and '/'}{name}"


async def _set(registry: World, install: Any, name: str, value: str = "hunter2", **more: Any) -> Answer:
    return await registry.ask("PUT", _path(install, name), {"value": value, **more})


async def _listed(registry: World, install: Any) -> dict[str, str]:
    items = (await registry.ask("GET", _path(install))).body["items"]
    return {item["name"]: item["status"] for item in items}


async def _handed_out(registry: World, install: Any) -> list[str]:
    """Name what the broker is given."""
    record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    return [secret["name"] for secret in record["secrets"]]


async def _aged(registry: World, name: str, *, days: int) -> None:
    """Let a secret have been set so long ago; its end of use moves with it."""
    async with registry.database() as connection:
        await connection.execute(
            "UPDATE install_secret SET set_at = set_at - make_interval(days => $2), "
            "expires_at = expires_at - make_interval(days => $2) WHERE name = $1",
            name,
            days,
        )


async def _metric(registry: World) -> dict[str, float]:
    async with registry.session.get(f"{registry.url}/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    lines = [line for line in text.splitlines() if line.startswith("annex_registry_secrets{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def _ahead(days: int) -> str:
    return (datetime.now(UTC) + days * DAY).isoformat()


async def test_secrets_are_listed_without_their_values(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    await _set(registry, install, "token", expires_at=_ahead(9))

    answer = await registry.ask("GET", _path(install))

    (item,) = answer.body["items"]
    assert (item["name"], item["status"], item["set_by"]) == ("token", "active", "admin")
    assert item["expires_at"] is not None
    assert (answer.body["max_age_days"], answer.body["overdue_policy"]) == (None, "warn")
    assert "hunter2" not in json.dumps(answer.body)


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_no_route_reads_a_secret(registry: World, method: str) -> None:
    await registry.published()
    install = await registry.installed()
    await _set(registry, install, "token")

    answer = await registry.ask(method, _path(install, "token"))

    assert answer.status == 405


@pytest.mark.parametrize(
    ("expires_at", "code"),
    [
        pytest.param(_ahead(-1), "INVALID_SECRET_EXPIRY", id="yesterday"),
        pytest.param(_ahead(4000), "INVALID_SECRET_EXPIRY", id="in eleven years"),
        ("2099-01-01T00:00:00", "INVALID_REQUEST"),
        ("soon", "INVALID_REQUEST"),
    ],
)
async def test_a_bad_expiry_is_refused_and_nothing_is_set(
    registry: World, expires_at: str, code: str
) -> None:
    await registry.published()
    install = await registry.installed()

    answer = await _set(registry, install, "token", expires_at=expires_at)

    assert (answer.status, answer.code) == (400, code)
    assert "expires_at" in json.dumps(answer.body)
    assert await _listed(registry, install) == {}


async def test_an_expired_secret_is_handed_to_nobody_and_shown_as_expired(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    await _set(registry, install, "old", expires_at=_ahead(5))
    await _set(registry, install, "new", expires_at=_ahead(50))
    before = await _handed_out(registry, install)

    await _aged(registry, "old", days=6)

    assert before == ["new", "old"]
    assert await _handed_out(registry, install) == ["new"]
    assert await _listed(registry, install) == {"new": "active", "old": "expired"}
    assert await _metric(registry) == {"active": 1, "overdue": 0, "refused": 0, "expired": 1}


async def test_the_broker_is_told_until_when(registry: World) -> None:
    await registry.published(secretRotation={"maxAgeDays": 30})
    install = await registry.installed()
    await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", {"overdue_secrets": "refuse"})
    await _set(registry, install, "token", expires_at=_ahead(90))

    record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body

    (shown,) = (await registry.ask("GET", _path(install))).body["items"]
    assert record["secrets"][0]["usable_until"] == shown["overdue_at"] < shown["expires_at"]


async def test_the_strictest_age_counts_and_overdue_secrets_are_seen(world: World, bus: Bus) -> None:
    async with world.running(bus, secret_max_age_days=90) as registry:
        await registry.published(secretRotation={"maxAgeDays": 30})
        install = await registry.installed()
        await _set(registry, install, "token")
        await _aged(registry, "token", days=40)

        by_extension = (await registry.ask("GET", _path(install))).body
        handed_out = await _handed_out(registry, install)
        counted = await _metric(registry)
        await registry.ask(
            "PATCH",
            f"/api/v1/installs/{install['install_id']}",
            {"max_secret_age_days": 7, "overdue_secrets": "refuse"},
        )

        assert (by_extension["max_age_days"], by_extension["items"][0]["status"]) == (30, "overdue")
        assert (handed_out, counted["overdue"]) == (["token"], 1)
        by_tenant = (await registry.ask("GET", _path(install))).body
        assert (by_tenant["max_age_days"], by_tenant["items"][0]["status"]) == (7, "refused")
        assert (await _handed_out(registry, install), (await _metric(registry))["refused"]) == ([], 1)
        await _set(registry, install, "token", "fresh")
        assert await _listed(registry, install) == {"token": "active"}
        assert await _handed_out(registry, install) == ["token"]


async def test_the_operators_policy_withholds_everywhere(world: World, bus: Bus) -> None:
    async with world.running(bus, secret_max_age_days=10, overdue_secrets="refuse") as registry:
        await registry.published()
        install = await registry.installed()
        await _set(registry, install, "token")
        await _aged(registry, "token", days=11)

        loosened = await registry.ask(
            "PATCH",
            f"/api/v1/installs/{install['install_id']}",
            {"max_secret_age_days": 3650, "overdue_secrets": "warn"},
        )

        assert loosened.status == 200
        assert await _listed(registry, install) == {"token": "refused"}
        assert await _handed_out(registry, install) == []


@pytest.mark.parametrize("body", [{"max_secret_age_days": -1}, {"overdue_secrets": "hide"}])
async def test_a_bad_policy_is_refused(registry: World, body: dict[str, Any]) -> None:
    await registry.published()
    install = await registry.installed()

    answer = await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", body)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert (await registry.ask("GET", f"/api/v1/installs/{install['install_id']}")).body == install


# Keys.


def _opened(registry: World, record: Any) -> dict[str, str]:
    keyring = SecretsKeyring.load((registry.folder / "secrets.json").read_text())
    place: dict[str, Any] = {"tenant_id": TENANT, "install_id": InstallId(UUID(record["install_id"]))}
    opened: dict[str, str] = {}
    for secret in record["secrets"]:
        opened |= keyring.open(SealedSecretsDocument.model_validate(secret["sealed"]).to_sealed(), **place)
    return opened


def _reseal_settings(world: World, **changes: Any) -> ResealSettings:
    return ResealSettings.model_validate(
        {"database_url": world.app_url, "secrets_key_file": world.folder / "secrets.json", **changes}
    )


async def test_after_a_reseal_the_older_key_is_not_needed(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    await _set(registry, install, "a", "1")
    await _set(registry, install, "b", "2")
    path = registry.folder / "secrets.json"
    older = SecretsKeyring.load(path.read_text())
    newer = SecretsKeyring.generate()
    path.write_text(SecretsKeyring(newer.active, {**older.keys, **newer.keys}).to_text())

    first = await reseal(_reseal_settings(registry))
    again = await reseal(_reseal_settings(registry))

    path.write_text(newer.to_text())
    record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    assert (first, again) == ((2, 0), (0, 0))
    assert _opened(registry, record) == {"a": "1", "b": "2"}
    # A revision and an event, so that no copy keeps the older envelopes.
    assert (record["revision"], record["secrets_version"]) == (4, 3)
    assert len(await registry.events("installs")) == 4


async def test_a_reseal_without_the_older_key_says_so_and_changes_nothing(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    await _set(registry, install, "a", "1")
    (registry.folder / "secrets.json").write_text(SecretsKeyring.generate().to_text())

    done = await reseal(_reseal_settings(registry))

    record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    assert (done, record["revision"]) == ((0, 1), 2)


async def test_an_envelope_of_several_secrets_is_taken_apart_by_the_next_change(registry: World) -> None:
    await registry.published()
    install = await registry.installed()
    keyring = SecretsKeyring.load((registry.folder / "secrets.json").read_text())
    place: dict[str, Any] = {"tenant_id": TENANT, "install_id": InstallId(UUID(install["install_id"]))}
    older = SealedSecretsDocument.of(keyring.seal({"a": "1", "b": "2", "c": "3"}, **place))
    async with registry.database() as connection:
        await connection.execute(
            "INSERT INTO tenant_extension_install_secrets VALUES ($1, $2, $3, 1)",
            TENANT,
            UUID(install["install_id"]),
            older.model_dump_json(),
        )
    before = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    listed_before = await _listed(registry, install)

    await _set(registry, install, "b", "new")
    await registry.ask("DELETE", _path(install, "c"))

    record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    assert before["sealed_secrets"]["names"] == ["a", "b", "c"]
    assert listed_before == {"a": "active", "b": "active", "c": "active"}
    assert record["sealed_secrets"] is None
    assert _opened(registry, record) == {"a": "1", "b": "new"}


# Vault.


async def test_with_vault_nothing_is_sealed_here(world: World, vault: TransitServer, bus: Bus) -> None:
    async with world.running(
        bus, vault_addr=vault.url, vault_token_file=world.folder / "vault-token"
    ) as registry:
        await registry.published()
        install = await registry.installed()

        answer = await _set(registry, install, "token")

        record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
        assert answer.status == 200
        assert record["secrets"][0]["sealed"]["algorithm"] == "vault-transit:v1"
        assert record["secrets"][0]["sealed"]["ciphertext_b64"].startswith("vault:v1:")
        # The registry need not be allowed to decrypt.
        assert vault.requests == ["encrypt"]


async def test_a_vault_that_is_away_is_said_and_nothing_is_set(
    world: World, vault: TransitServer, bus: Bus
) -> None:
    async with world.running(
        bus, vault_addr=vault.url, vault_token_file=world.folder / "vault-token"
    ) as registry:
        await registry.published()
        install = await registry.installed()
        vault.faults = [503, 503, 503]

        answer = await _set(registry, install, "token")

        assert (answer.status, answer.code) == (503, "SECRET_STORE_UNAVAILABLE")
        assert answer.headers["retry-after"] == "2"
        assert "hunter2" not in json.dumps(answer.body)
        assert await _listed(registry, install) == {}


async def test_a_keyring_moves_to_vault_and_vaults_key_is_rotated(
    registry: World, vault: TransitServer
) -> None:
    await registry.published()
    install = await registry.installed()
    await _set(registry, install, "token")
    settings = _reseal_settings(
        registry, vault_addr=vault.url, vault_token_file=registry.folder / "vault-token"
    )

    moved = await reseal(settings)
    vault.rotate()
    rotated = await reseal(settings)

    record = (await registry.ask("GET", f"/internal/v1/installs/{install['install_id']}")).body
    assert (moved, rotated) == ((1, 0), (1, 0))
    assert record["secrets"][0]["sealed"]["key_id"] == "transit/annex-secrets:v2"


async def test_secrets_that_are_due_are_found_over_all_installs_of_the_tenant(registry: World) -> None:
    await registry.published()
    await registry.published(name="other")
    notes, other = await registry.installed(), await registry.installed(extension="acme/other")
    for install, name in ((notes, "fresh"), (notes, "late"), (other, "later"), (other, "ended")):
        await _set(registry, install, name, **({"expires_at": _ahead(9)} if name == "ended" else {}))
    for install in (notes, other):
        await registry.ask("PATCH", f"/api/v1/installs/{install['install_id']}", {"max_secret_age_days": 30})
    for name, days in (("late", 40), ("later", 50), ("ended", 10)):
        await _aged(registry, name, days=days)

    answer = await registry.ask("GET", "/api/v1/secrets?status=overdue,expired,refused")

    found = [(item["extension"], item["name"], item["status"]) for item in answer.body["items"]]
    assert found == [
        (other["extension"], "ended", "expired"),
        (other["extension"], "later", "overdue"),
        (notes["extension"], "late", "overdue"),
    ]
    everything = await registry.ask("GET", "/api/v1/secrets")
    assert "hunter2" not in json.dumps(everything.body)
    assert len(everything.body["items"]) == 4


async def test_a_tenant_sees_no_secrets_of_others_and_no_status_that_is_none(registry: World) -> None:
    await registry.published()
    await _set(registry, await registry.installed(), "token")

    elsewhere = await registry.ask(
        "GET", "/api/v1/secrets", caller=somebody(Permission.EXTENSION_READ, tenant=OTHER_TENANT)
    )
    misspelt = await registry.ask("GET", "/api/v1/secrets?status=late")

    assert elsewhere.body["items"] == []
    assert (misspelt.status, misspelt.code) == (400, "INVALID_REQUEST")
