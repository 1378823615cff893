"""What every way of sealing promises: a keyring, Vault with and without a derived key, and a chain."""

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest

from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.http.vault_transit import VaultAddress, VaultTransit, vault_transit
from annex_shared.ids import InstallId, TenantId
from annex_shared.secret_envelope import (
    SealedSecrets,
    SecretsCorrupt,
    SecretsKeyring,
    SecretStoreUnavailable,
    SecretsUnavailable,
)
from annex_shared.secret_sealing import KeyringSealer, SealedPlace, SealerChain, SecretSealer
from annex_shared.settings import InvalidSettings
from support.vault import TOKEN, TransitServer, transit_server

HERE: SealedPlace = (TenantId(UUID(int=1)), InstallId(UUID(int=2)))
ELSEWHERE: tuple[SealedPlace, ...] = (
    (TenantId(UUID(int=9)), HERE[1]),
    (HERE[0], InstallId(UUID(int=9))),
)


@dataclass(slots=True)
class Keys:
    """A sealer, and what its operator does to its keys."""

    sealer: SecretSealer
    server: TransitServer | None = None

    def rotated(self) -> SecretSealer:
        if self.server is not None:
            self.server.rotate()
            return self.sealer
        assert isinstance(self.sealer, KeyringSealer)
        keys = {**self.sealer.keyring.keys, "next": os.urandom(32)}
        return KeyringSealer(SecretsKeyring("next", keys))

    def without_the_first(self, rotated: SecretSealer) -> SecretSealer:
        if self.server is not None:
            self.server.forget_versions_before(2)
            return rotated
        assert isinstance(rotated, KeyringSealer)
        return KeyringSealer(SecretsKeyring("next", {"next": rotated.keyring.keys["next"]}))


@pytest.fixture
async def vault(tmp_path: Path) -> AsyncIterator[tuple[VaultTransit, TransitServer]]:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(transit_server())
        address = VaultAddress(server.url, tmp_path / "token", server.key, timeout_seconds=5)
        yield await stack.enter_async_context(vault_transit(address)), server


@pytest.fixture(params=["keyring", "vault derived", "vault plain"])
def keys(request: pytest.FixtureRequest, vault: tuple[VaultTransit, TransitServer]) -> Keys:
    if request.param == "keyring":
        return Keys(KeyringSealer(SecretsKeyring.generate()))
    transit, server = vault
    server.is_derived = request.param == "vault derived"
    return Keys(transit, server)


@pytest.mark.parametrize("value", ["hunter2", "ü\n\0 \U0001f512", "x" * 65_536])
async def test_what_was_sealed_opens_in_its_place(keys: Keys, value: str) -> None:
    sealed = await keys.sealer.seal("token", value, place=HERE)

    assert await keys.sealer.open(sealed, place=HERE) == {"token": value}
    assert sealed.names == ("token",)
    assert value not in repr(sealed)


async def test_the_same_value_is_sealed_differently_each_time(keys: Keys) -> None:
    first = await keys.sealer.seal("token", "hunter2", place=HERE)
    second = await keys.sealer.seal("token", "hunter2", place=HERE)

    assert first.ciphertext_b64 != second.ciphertext_b64


@pytest.mark.parametrize("place", ELSEWHERE)
async def test_nothing_opens_for_another_tenant_or_install(keys: Keys, place: SealedPlace) -> None:
    sealed = await keys.sealer.seal("token", "hunter2", place=HERE)

    with pytest.raises(SecretsCorrupt):
        await keys.sealer.open(sealed, place=place)


async def test_nothing_opens_under_another_name(keys: Keys) -> None:
    sealed = await keys.sealer.seal("token", "hunter2", place=HERE)

    with pytest.raises(SecretsCorrupt):
        await keys.sealer.open(replace(sealed, names=("other",)), place=HERE)


async def test_a_changed_envelope_opens_nothing(keys: Keys) -> None:
    sealed = await keys.sealer.seal("token", "hunter2", place=HERE)
    text = sealed.ciphertext_b64
    other = "A" if text[-8] != "A" else "B"

    with pytest.raises(SecretsCorrupt):
        await keys.sealer.open(replace(sealed, ciphertext_b64=text[:-8] + other + text[-7:]), place=HERE)


async def test_an_envelope_survives_the_wire(keys: Keys) -> None:
    sealed = await keys.sealer.seal("token", "hunter2", place=HERE)

    document = SealedSecretsDocument.of(sealed).model_dump_json()

    assert SealedSecretsDocument.model_validate_json(document).to_sealed() == sealed


async def test_after_a_rotation_the_older_still_opens_and_is_told_from_the_newer(keys: Keys) -> None:
    older = await keys.sealer.seal("token", "hunter2", place=HERE)
    was_current = await keys.sealer.is_current(older)

    rotated = keys.rotated()
    newer = await rotated.seal("token", "hunter2", place=HERE)

    assert await rotated.open(older, place=HERE) == {"token": "hunter2"}
    assert [was_current, await rotated.is_current(older), await rotated.is_current(newer)] == [
        True,
        False,
        True,
    ]


async def test_what_was_rewrapped_needs_the_older_key_no_more(keys: Keys) -> None:
    older = await keys.sealer.seal("token", "hunter2", place=HERE)
    rotated = keys.rotated()
    rewrapped = await rotated.rewrap(older, place=HERE)

    rest = keys.without_the_first(rotated)

    assert await rest.open(rewrapped, place=HERE) == {"token": "hunter2"}
    with pytest.raises((SecretsUnavailable, SecretsCorrupt)):
        await rest.open(older, place=HERE)


# Moving from one to the other.


async def test_a_chain_seals_with_the_first_and_opens_what_either_sealed(
    vault: tuple[VaultTransit, TransitServer],
) -> None:
    keyring = KeyringSealer(SecretsKeyring.generate())
    older = await keyring.seal("token", "hunter2", place=HERE)
    chain = SealerChain((vault[0], keyring))

    newer = await chain.rewrap(older, place=HERE)

    assert [older.algorithm, newer.algorithm] == ["annex-aes256gcm:v1", "vault-transit:v1"]
    assert [await chain.is_current(older), await chain.is_current(newer)] == [False, True]
    assert [await chain.open(one, place=HERE) for one in (older, newer)] == [{"token": "hunter2"}] * 2
    with pytest.raises(SecretsUnavailable):
        await SealerChain((keyring,)).open(newer, place=HERE)


# Vault alone.


@pytest.mark.parametrize("faults", [[503], [500, 429], [502]])
async def test_a_short_fault_of_vault_is_not_noticed(
    vault: tuple[VaultTransit, TransitServer], faults: list[int]
) -> None:
    transit, server = vault
    server.faults = list(faults)

    sealed = await transit.seal("token", "hunter2", place=HERE)

    assert sealed.key_id == "transit/annex-secrets:v1"
    assert server.requests == ["encrypt"] * (len(faults) + 1)


@pytest.mark.parametrize("faults", [[503, 503, 503], [403], [307], [400]])
async def test_a_vault_that_refuses_is_a_named_refusal_without_the_value(
    vault: tuple[VaultTransit, TransitServer], faults: list[int]
) -> None:
    transit, server = vault
    server.faults = list(faults)

    with pytest.raises(SecretStoreUnavailable) as refused:
        await transit.seal("token", "hunter2", place=HERE)

    assert "hunter2" not in refused.value.message
    assert refused.value.retry_after_seconds == 2


async def test_a_vault_that_is_away_is_a_named_refusal(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    async with transit_server() as server:
        url = server.url
    async with vault_transit(VaultAddress(url, tmp_path / "token", "annex-secrets")) as transit:
        with pytest.raises(SecretStoreUnavailable):
            await transit.ping()


@pytest.mark.parametrize("token", ["", "\n", "hvs.another"])
async def test_without_a_good_token_vault_is_unavailable(
    vault: tuple[VaultTransit, TransitServer], token: str
) -> None:
    vault[0].address.token_file.write_text(token)

    with pytest.raises(SecretStoreUnavailable):
        await vault[0].ping()


async def test_a_renewed_token_is_used_at_once(vault: tuple[VaultTransit, TransitServer]) -> None:
    transit, server = vault
    await transit.ping()
    server.token = "hvs.renewed"
    transit.address.token_file.write_text("hvs.renewed\n")

    assert await transit.ping() == "open"


async def test_the_namespace_is_named(vault: tuple[VaultTransit, TransitServer]) -> None:
    transit, server = vault
    server.namespace = "annex/"

    there = VaultTransit(transit.session, replace(transit.address, namespace="annex/"))

    assert await there.ping() == "open"
    with pytest.raises(SecretStoreUnavailable):
        await transit.ping()


async def test_a_key_that_vault_does_not_have_is_named(vault: tuple[VaultTransit, TransitServer]) -> None:
    transit = VaultTransit(vault[0].session, replace(vault[0].address, key="missing"))

    with pytest.raises(SecretsUnavailable) as refused:
        await transit.ping()

    assert refused.value.details == {"key": "transit/missing"}


async def test_an_envelope_of_another_vault_key_is_not_sent_to_this_one(
    vault: tuple[VaultTransit, TransitServer],
) -> None:
    transit, server = vault
    foreign = SealedSecrets("transit/other:v1", ("token",), "", "vault:v1:AAAA", algorithm="vault-transit:v1")

    with pytest.raises(SecretsUnavailable):
        await transit.open(foreign, place=HERE)

    assert server.requests == []


def test_an_address_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings):
        VaultAddress("vault.example", tmp_path / "token", "annex-secrets")


async def test_a_file_of_authorities_that_is_none_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    address = VaultAddress("https://127.0.0.1:1", tmp_path / "token", "k", ca_file=tmp_path / "ca.pem")

    with pytest.raises(InvalidSettings):
        async with vault_transit(address):
            pass
