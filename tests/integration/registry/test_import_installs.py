"""Import of an Alga v2 database: what becomes of tenants' installs, their grants, settings and secrets."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from annex_registry.domain.carried_install import GrantPolicy
from annex_registry.domain.importation import Outcome
from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.ids import InstallId, TenantId
from annex_shared.secret_envelope import SecretsKeyring, SecretStoreUnavailable
from annex_shared.service_tokens import Caller
from integration.registry.predecessor import OldPlatform, a_tenant
from integration.registry.world import EVERYTHING, World, bundle, manifest
from support.vault import TOKEN, TransitServer, transit_server

TENANT, OTHER = a_tenant(), a_tenant()
SUBJECT = f"acme/invoice-notes in tenant {TENANT}"
SECRET = "correct horse battery staple"


async def a_version(old: OldPlatform) -> tuple[UUID, UUID]:
    extension = await old.extension()
    return extension, await old.published(extension)


def of(tenant: str) -> Caller:
    return Caller("somebody", TenantId(UUID(tenant)), EVERYTHING)


async def installs(world: World, tenant: str = TENANT) -> list[dict[str, Any]]:
    answer = await world.ask("GET", "/api/v1/installs", caller=of(tenant))
    assert answer.status == 200, answer.body
    rows: list[dict[str, Any]] = answer.body["items"]
    return rows


async def test_an_install_comes_over_with_its_id_settings_and_switch(
    registry: World, old: OldPlatform
) -> None:
    extension, version = await a_version(old)
    install = await old.install(
        extension,
        version,
        TENANT,
        config={"region": "ignored"},
        settings={"config": {"region": "eu", "size": 3}},
    )
    other = await old.install(extension, version, OTHER, is_enabled=False, status="disabled")

    report = await old.imported(registry)

    (mine,), (theirs,) = await installs(registry), await installs(registry, OTHER)
    assert report.of(SUBJECT).outcome is Outcome.IMPORTED
    assert (mine["install_id"], mine["version_id"]) == (str(install), str(version))
    assert (mine["config"], mine["is_enabled"]) == ({"region": "eu", "size": "3"}, True)
    assert (theirs["install_id"], theirs["is_enabled"], theirs["config"]) == (str(other), False, {})
    changed = [event["data"] for event in await registry.events("installs")]
    assert {(data["change"], data["install_id"]) for data in changed} == {
        ("installed", str(install)),
        ("installed", str(other)),
    }


async def test_the_tenants_row_is_marked_installed_for_it_alone(registry: World, old: OldPlatform) -> None:
    extension, version = await a_version(old)
    await old.install(extension, version, TENANT)

    await old.imported(registry)

    path = "/api/v1/extensions/acme/invoice-notes/versions"
    marks = [
        (await registry.ask("GET", path, caller=of(tenant))).body["items"][0]["installed"]
        for tenant in (TENANT, OTHER)
    ]
    assert marks == [True, False]


async def test_an_install_that_was_pending_is_disabled(registry: World, old: OldPlatform) -> None:
    extension, version = await a_version(old)
    await old.install(extension, version, TENANT, status="pending")

    report = await old.imported(registry)

    assert [remark.code for remark in report.of(SUBJECT).remarks] == ["INSTALL_NOT_ACTIVE"]
    assert [row["is_enabled"] for row in await installs(registry)] == [False]


@pytest.mark.parametrize(
    ("grants", "granted", "expected"),
    [
        (GrantPolicy.EFFECTIVE, [], ["cap:http.fetch", "cap:storage.kv"]),
        (GrantPolicy.RECORDED, [], []),
        (GrantPolicy.RECORDED, ["http.fetch"], ["cap:http.fetch"]),
    ],
)
async def test_grants_are_what_the_predecessor_let_it_do_or_only_what_it_recorded(
    registry: World, old: OldPlatform, grants: GrantPolicy, granted: list[str], expected: list[str]
) -> None:
    extension, version = await a_version(old)
    await old.install(extension, version, TENANT, granted_caps=json.dumps(granted))

    await old.imported(registry, grants=grants)

    assert [row["grants"] for row in await installs(registry)] == [expected]


async def test_nothing_is_granted_that_the_bundle_does_not_ask_for(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    version = await old.version(extension, capabilities=["cap:http.fetch", "cap:secrets.get"])
    await old.bundle(extension, version, bundle(manifest()))
    await old.install(
        extension, version, TENANT, granted_caps=json.dumps(["cap:secrets.get", "cap:log.emit"])
    )

    report = await old.imported(registry)

    assert [row["grants"] for row in await installs(registry)] == [["cap:http.fetch"]]
    assert [remark.code for remark in report.of(SUBJECT).remarks] == ["GRANTS_NOT_REQUESTED"]
    assert "cap:log.emit" not in report.of(SUBJECT).remarks[0].message
    assert [remark.code for remark in report.of("acme/invoice-notes@1.4.0").remarks] == [
        "CAPABILITIES_DIFFER"
    ]


async def test_secrets_that_lay_open_are_sealed_and_told_nowhere(
    registry: World, old: OldPlatform, capfd: pytest.CaptureFixture[str]
) -> None:
    extension, version = await a_version(old)
    install = await old.install(extension, version, TENANT)
    await old.secrets(install, TENANT, {"api_key": SECRET})

    report = await old.imported(registry)

    async with registry.database() as connection:
        envelope = await connection.fetchval("SELECT envelope FROM install_secret")
        everything = await connection.fetchval(
            "SELECT string_agg(event::text, '') || "
            "(SELECT string_agg(convert_from(entry, 'UTF8'), '') FROM log_leaf) FROM outbox"
        )
    keyring = SecretsKeyring.load((registry.folder / "secrets.json").read_text())
    sealed = SealedSecretsDocument.model_validate_json(envelope).to_sealed()
    opened = keyring.open(sealed, tenant_id=TenantId(UUID(TENANT)), install_id=InstallId(install))
    out, err = capfd.readouterr()
    assert opened == {"api_key": SECRET}
    assert report.of(SUBJECT).remarks == ()
    assert not any(SECRET in text for text in (envelope, everything, out, err, repr(report.rows)))


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"algorithm": "vault-transit:v1", "ciphertext": "vault:v1:AAAA"}, "SECRETS_SEALED_ELSEWHERE"),
        ({"ciphertext": "%%%"}, "SECRETS_UNREADABLE"),
        ({"ciphertext": "WyJhIl0="}, "SECRETS_UNREADABLE"),
        ({"expires_at": datetime.now(UTC) - timedelta(days=1)}, "SECRETS_EXPIRED"),
    ],
)
async def test_secrets_that_cannot_be_opened_are_told_and_the_install_comes_without_them(
    registry: World, old: OldPlatform, columns: dict[str, Any], code: str
) -> None:
    extension, version = await a_version(old)
    install = await old.install(extension, version, TENANT)
    await old.secrets(install, TENANT, {"api_key": SECRET}, **columns)

    report = await old.imported(registry)

    row = report.of(SUBJECT)
    assert (row.outcome, row.needs_attention) == (Outcome.IMPORTED, True)
    assert [remark.code for remark in row.remarks] == [code]
    async with registry.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM install_secret") == 0


async def test_without_a_key_to_seal_with_secrets_are_left_out(registry: World, old: OldPlatform) -> None:
    extension, version = await a_version(old)
    await old.secrets(await old.install(extension, version, TENANT), TENANT, {"api_key": SECRET})

    report = await old.imported(registry, secrets_key_file=None)

    assert [remark.code for remark in report.of(SUBJECT).remarks] == ["SECRETS_NOT_CONFIGURED"]


@pytest.mark.parametrize(
    ("columns", "settings", "code"),
    [
        ({"tenant_id": "tenant-dev"}, None, "INVALID_ID"),
        ({}, {"config": {"two words": "x"}}, "INVALID_INSTALL_CONFIG"),
        ({}, {"config": ["x"]}, "INVALID_INSTALL_CONFIG"),
        ({}, {"config": {"big": "x" * 70_000}}, "INVALID_INSTALL_CONFIG"),
        ({}, {"config": {"big": "x" * 600_000}}, "INSTALL_TOO_LARGE"),
    ],
    ids=["tenant", "name", "no-object", "large", "huge"],
)
async def test_an_install_that_breaks_our_rules_is_refused_and_its_values_are_not_told(
    registry: World, old: OldPlatform, columns: dict[str, Any], settings: dict[str, Any] | None, code: str
) -> None:
    extension, version = await a_version(old)
    tenant = columns.get("tenant_id", TENANT)
    await old.install(extension, version, tenant, settings=settings)

    report = await old.imported(registry)

    row = report.of(f"acme/invoice-notes in tenant {tenant}")
    assert (row.outcome, row.code) == (Outcome.REFUSED, code)
    assert "xxx" not in (row.message or "")
    assert (await registry.events("installs")) == []


async def test_an_install_of_a_version_that_is_not_here_is_refused(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    await old.install(extension, await old.version(extension), TENANT)

    report = await old.imported(registry)

    assert (report.of(SUBJECT).outcome, report.of(SUBJECT).code) == (Outcome.REFUSED, "VERSION_NOT_FOUND")


async def test_an_install_of_a_blocked_version_is_refused(registry: World, old: OldPlatform) -> None:
    extension, version = await a_version(old)
    await old.imported(registry)
    await registry.ask(
        "POST",
        "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/status",
        {"status": "blocked", "reason": "It mines coins."},
    )
    await old.install(extension, version, TENANT)

    rehearsal = await old.imported(registry, is_rehearsal=True)
    report = await old.imported(registry)

    assert (report.of(SUBJECT).outcome, report.of(SUBJECT).code) == (Outcome.REFUSED, "VERSION_BLOCKED")
    assert rehearsal.rows == report.rows


async def test_what_a_tenant_changed_here_is_not_touched_by_the_next_import(
    registry: World, old: OldPlatform
) -> None:
    extension, version = await a_version(old)
    install = await old.install(extension, version, TENANT, settings={"config": {"region": "eu"}})
    await old.imported(registry)
    changed = await registry.ask(
        "PATCH", f"/api/v1/installs/{install}", {"config": {"region": "us"}}, caller=of(TENANT)
    )

    report = await old.imported(registry)

    assert changed.status == 200, changed.body
    assert report.of(SUBJECT).outcome is Outcome.ALREADY_THERE
    assert [row["config"] for row in await installs(registry)] == [{"region": "us"}]


async def test_what_a_tenant_uninstalled_here_does_not_come_back(registry: World, old: OldPlatform) -> None:
    extension, version = await a_version(old)
    install = await old.install(extension, version, TENANT)
    await old.imported(registry)
    await registry.ask("DELETE", f"/api/v1/installs/{install}", caller=of(TENANT))

    report = await old.imported(registry)

    assert report.of(SUBJECT).outcome is Outcome.ALREADY_THERE
    assert await installs(registry) == []


@pytest.fixture
async def vault(world: World) -> AsyncIterator[TransitServer]:
    (world.folder / "vault-token").write_text(TOKEN)
    async with transit_server() as server:
        yield server


async def test_a_vault_that_is_away_for_a_moment_costs_no_install(
    registry: World, old: OldPlatform, vault: TransitServer
) -> None:
    extension, version = await a_version(old)
    await old.secrets(await old.install(extension, version, TENANT), TENANT, {"token": SECRET})
    vault.faults = [503]

    report = await old.imported(
        registry, vault_addr=vault.url, vault_token_file=registry.folder / "vault-token"
    )

    assert report.of(SUBJECT).outcome is Outcome.IMPORTED
    assert [install["secret_names"] for install in await installs(registry)] == [["token"]]


@pytest.mark.long
async def test_a_vault_that_stays_away_stops_the_import_and_refuses_nothing(
    registry: World, old: OldPlatform, vault: TransitServer
) -> None:
    extension, version = await a_version(old)
    await old.secrets(await old.install(extension, version, TENANT), TENANT, {"token": SECRET})
    settings: dict[str, Any] = {"vault_addr": vault.url, "vault_token_file": registry.folder / "vault-token"}
    vault.faults = [503] * 100
    with pytest.raises(SecretStoreUnavailable):
        await old.imported(registry, **settings)
    nothing = await installs(registry)
    vault.faults = []

    report = await old.imported(registry, **settings)

    assert nothing == []
    assert report.of(SUBJECT).outcome is Outcome.IMPORTED
