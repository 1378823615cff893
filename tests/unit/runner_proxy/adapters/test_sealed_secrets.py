import pytest

from annex_runner_proxy.adapters.sealed_secrets import SealedSecretsOpener
from annex_shared.secret_envelope import SecretsCorrupt, SecretsKeyring, SecretsUnavailable
from unit.runner_proxy.fakes import INSTALL, OTHER_INSTALL, OTHER_TENANT, TENANT, an_install

KEYRING = SecretsKeyring.generate()
SEALED = KEYRING.seal({"api_key": "value"}, tenant_id=TENANT, install_id=INSTALL)


def test_envelope_opens_for_its_install() -> None:
    assert SealedSecretsOpener(KEYRING).open(an_install(sealed_secrets=SEALED)) == {"api_key": "value"}


@pytest.mark.parametrize("whose", [{"install_id": OTHER_INSTALL}, {"tenant_id": OTHER_TENANT}])
def test_envelope_does_not_open_elsewhere(whose: dict[str, object]) -> None:
    with pytest.raises(SecretsCorrupt):
        SealedSecretsOpener(KEYRING).open(an_install(sealed_secrets=SEALED, **whose))


def test_without_keyring_nothing_opens() -> None:
    with pytest.raises(SecretsUnavailable):
        SealedSecretsOpener(None).open(an_install(sealed_secrets=SEALED))


def test_install_without_secrets_needs_no_keyring() -> None:
    assert SealedSecretsOpener(None).open(an_install(sealed_secrets=None)) == {}
