from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from annex_runner_proxy.adapters.sealed_secrets import SealedSecretsOpener
from annex_runner_proxy.domain.installs import SealedSecret
from annex_shared.secret_envelope import SecretsCorrupt, SecretsKeyring, SecretsUnavailable
from annex_shared.secret_sealing import KeyringSealer
from unit.runner_proxy.fakes import INSTALL, OTHER_INSTALL, OTHER_TENANT, TENANT, an_install

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEYRING = SecretsKeyring.generate()
# All in one, as secrets were sealed at first.
SEALED = KEYRING.seal({"api_key": "older", "other": "value"}, tenant_id=TENANT, install_id=INSTALL)
ALONE = KEYRING.seal({"api_key": "newer"}, tenant_id=TENANT, install_id=INSTALL)


@dataclass(frozen=True)
class FixedClock:
    """It is noon."""

    def now(self) -> datetime:
        return NOON


def _opener() -> SealedSecretsOpener:
    return SealedSecretsOpener(KeyringSealer(KEYRING), FixedClock())


async def test_an_older_envelope_of_several_secrets_opens() -> None:
    assert await _opener().open(an_install(sealed_secrets=SEALED), "other") == {"other": "value"}


async def test_a_secret_with_an_envelope_of_its_own_is_the_newer_one() -> None:
    install = an_install(sealed_secrets=SEALED, secrets=(SealedSecret("api_key", ALONE),))

    assert await _opener().open(install, "api_key") == {"api_key": "newer"}
    assert _opener().names(install) == ["api_key", "other"]


@pytest.mark.parametrize(("usable_until", "names"), [(NOON, []), (NOON + timedelta(seconds=1), ["api_key"])])
async def test_a_secret_is_handed_out_until_its_end_and_no_longer(
    usable_until: datetime, names: list[str]
) -> None:
    install = an_install(sealed_secrets=None, secrets=(SealedSecret("api_key", ALONE, usable_until),))

    assert list(await _opener().open(install, "api_key")) == names
    assert _opener().names(install) == names


async def test_an_expired_secret_does_not_bring_back_its_older_value() -> None:
    install = an_install(sealed_secrets=SEALED, secrets=(SealedSecret("api_key", ALONE, NOON),))

    assert await _opener().open(install, "api_key") == {}


@pytest.mark.parametrize("whose", [{"install_id": OTHER_INSTALL}, {"tenant_id": OTHER_TENANT}])
async def test_envelope_does_not_open_elsewhere(whose: dict[str, object]) -> None:
    with pytest.raises(SecretsCorrupt):
        await _opener().open(an_install(sealed_secrets=SEALED, **whose), "api_key")


async def test_without_keyring_nothing_opens() -> None:
    with pytest.raises(SecretsUnavailable):
        await SealedSecretsOpener(None).open(an_install(sealed_secrets=SEALED), "api_key")


async def test_a_secret_that_is_not_there_needs_no_keyring() -> None:
    assert await SealedSecretsOpener(None).open(an_install(sealed_secrets=SEALED), "third") == {}
