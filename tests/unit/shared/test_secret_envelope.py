import base64
import json
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from annex_shared.contracts.secrets import SealedSecretsDocument
from annex_shared.ids import InstallId, TenantId
from annex_shared.secret_envelope import (
    SealedSecrets,
    SecretsCorrupt,
    SecretsKeyring,
    SecretsKeyringMalformed,
    SecretsUnavailable,
)

TENANT = TenantId(UUID("11111111-1111-7111-8111-111111111111"))
INSTALL = InstallId(UUID("22222222-2222-7222-8222-222222222222"))
VALUES = {"token": "s3cr3t", "account": "acme"}
KEYRING = SecretsKeyring("new", {"new": b"n" * 32, "old": b"o" * 32})


def _sealed() -> SealedSecrets:
    return KEYRING.seal(VALUES, tenant_id=TENANT, install_id=INSTALL)


def _open(sealed: SealedSecrets, keyring: SecretsKeyring = KEYRING) -> dict[str, str]:
    return keyring.open(sealed, tenant_id=TENANT, install_id=INSTALL)


def _counting_bytes() -> Callable[[int], bytes]:
    return lambda size: bytes(range(size))


def test_what_is_sealed_opens_for_the_same_install() -> None:
    assert _open(_sealed()) == VALUES


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=100), max_size=8))
def test_any_texts_can_be_sealed(values: dict[str, str]) -> None:
    sealed = KEYRING.seal(values, tenant_id=TENANT, install_id=INSTALL)

    assert _open(sealed) == values


def test_an_envelope_shows_names_and_never_values() -> None:
    sealed = _sealed()

    assert sealed.names == ("account", "token")
    assert sealed.algorithm == "annex-aes256gcm:v1"
    assert sealed.key_id == "new"
    assert "s3cr3t" not in repr(sealed)
    assert b"s3cr3t" not in base64.b64decode(sealed.ciphertext_b64)


def test_the_same_values_never_give_the_same_envelope() -> None:
    assert _sealed().nonce_b64 != _sealed().nonce_b64
    assert _sealed().ciphertext_b64 != _sealed().ciphertext_b64


def test_the_format_is_aes_256_gcm_over_named_fields() -> None:
    sealed = KEYRING.seal(VALUES, tenant_id=TENANT, install_id=INSTALL, random_bytes=_counting_bytes())

    bound = (
        b'["annex-aes256gcm:v1","new","11111111-1111-7111-8111-111111111111",'
        b'"22222222-2222-7222-8222-222222222222",["account","token"]]'
    )
    plaintext = AESGCM(b"n" * 32).decrypt(bytes(range(12)), base64.b64decode(sealed.ciphertext_b64), bound)
    assert base64.b64decode(sealed.nonce_b64) == bytes(range(12))
    assert plaintext == b'{"account":"acme","token":"s3cr3t"}'


def test_an_older_key_still_opens_what_it_sealed() -> None:
    older = SecretsKeyring("old", {"old": b"o" * 32})
    sealed = older.seal(VALUES, tenant_id=TENANT, install_id=INSTALL)

    assert _open(sealed) == VALUES


def test_an_envelope_of_a_key_we_lack_is_unavailable_not_corrupt() -> None:
    with pytest.raises(SecretsUnavailable) as refused:
        _open(_sealed(), SecretsKeyring("old", {"old": b"o" * 32}))

    assert refused.value.details["key_id"] == "new"


def test_an_envelope_of_another_algorithm_is_unavailable() -> None:
    with pytest.raises(SecretsUnavailable):
        _open(replace(_sealed(), algorithm="annex-aes256gcm:v2"))


@pytest.mark.parametrize(
    ("tenant_id", "install_id"), [(TenantId(UUID(int=1)), INSTALL), (TENANT, InstallId(UUID(int=1)))]
)
def test_another_tenant_or_install_opens_nothing(tenant_id: TenantId, install_id: InstallId) -> None:
    with pytest.raises(SecretsCorrupt):
        KEYRING.open(_sealed(), tenant_id=tenant_id, install_id=install_id)


@pytest.mark.parametrize(
    "changed",
    [
        replace(_sealed(), names=("account",)),
        replace(_sealed(), names=("account", "token", "more")),
        replace(_sealed(), key_id="old"),
        replace(_sealed(), nonce_b64=_sealed().nonce_b64),
        replace(_sealed(), nonce_b64="AAAA"),
        replace(_sealed(), nonce_b64="%%%"),
        replace(_sealed(), ciphertext_b64=""),
        replace(_sealed(), ciphertext_b64="é"),
        replace(_sealed(), ciphertext_b64=base64.b64encode(bytes(48)).decode()),
    ],
    ids=["name-dropped", "name-added", "key", "nonce", "short-nonce", "nonce-text", "empty", "text", "zeros"],
)
def test_a_changed_envelope_opens_nothing(changed: SealedSecrets) -> None:
    with pytest.raises(SecretsCorrupt) as refused:
        _open(changed)

    assert "s3cr3t" not in refused.value.message
    assert refused.value.__cause__ is None


def test_a_generated_keyring_survives_its_file() -> None:
    keyring = SecretsKeyring.generate()

    loaded = SecretsKeyring.load(keyring.to_text())

    assert loaded == keyring
    assert len(loaded.keys[loaded.active]) == 32


def test_keys_are_not_shown() -> None:
    keyring = SecretsKeyring.generate(random_bytes=lambda size: b"\xaa" * size)

    assert repr(keyring) == "SecretsKeyring(active='aaaaaaaaaaaaaaaa')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"active": "a"}',
        '{"active": "a", "keys": {}}',
        json.dumps({"active": "a", "keys": {"b": base64.b64encode(bytes(32)).decode()}}),
        '{"active": "a", "keys": {"a": "secret-but-short"}}',
        '{"active": "a", "keys": {"a": "%%%"}}',
        '{"active": "a", "keys": {"a": 7}}',
        '{"active": "a", "keys": {"a": "x", "a": "y"}}',
        "\ud800",
    ],
)
def test_a_malformed_key_file_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SecretsKeyringMalformed) as refused:
        SecretsKeyring.load(text)

    assert "secret-but-short" not in refused.value.message


def test_an_envelope_survives_the_wire() -> None:
    sealed = _sealed()

    document = SealedSecretsDocument.of(sealed).model_dump_json()

    assert SealedSecretsDocument.model_validate_json(document).to_sealed() == sealed


def test_the_wire_knows_one_algorithm() -> None:
    document = json.loads(SealedSecretsDocument.of(_sealed()).model_dump_json())

    with pytest.raises(ValidationError):
        SealedSecretsDocument.model_validate({**document, "algorithm": "none"})
