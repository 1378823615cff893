from dataclasses import replace
from datetime import timedelta

import pytest

from annex_gateway.actions.authenticate import Authenticator, VerifiedKeys
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import ApiKeyExpired, ApiKeyMalformed, ApiKeyRefused, ApiKeyRevoked
from unit.gateway.builders import NOW, PEPPER, TENANT, a_key_text, an_api_key
from unit.gateway.fakes import MemoryKeys, StoppedClock

KEEP = timedelta(seconds=5)


@pytest.fixture
def keys() -> MemoryKeys:
    keys = MemoryKeys()
    keys.add(an_api_key())
    return keys


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def authenticator(keys: MemoryKeys, clock: StoppedClock) -> Authenticator:
    return Authenticator(keys, PEPPER, clock, VerifiedKeys(KEEP))


def presenting(seed: int = 1, *, key_id: str | None = None) -> Credentials:
    text = a_key_text(seed)
    return Credentials((replace(text, key_id=key_id or text.key_id).reveal(),))


async def test_a_known_key_says_who_calls(authenticator: Authenticator) -> None:
    identity = await authenticator.identify(presenting())

    assert identity.tenant_id == TENANT
    assert identity.key_id == a_key_text().key_id


async def test_a_second_call_asks_no_database(authenticator: Authenticator, keys: MemoryKeys) -> None:
    await authenticator.identify(presenting())
    await authenticator.identify(presenting())

    assert keys.lookups == 1


async def test_a_mistyped_key_asks_no_database(authenticator: Authenticator, keys: MemoryKeys) -> None:
    text = presenting().api_keys[0]

    with pytest.raises(ApiKeyMalformed):
        await authenticator.identify(Credentials((text[:-1] + ("0" if text[-1] != "0" else "1"),)))

    assert keys.lookups == 0


async def test_an_unknown_id_and_a_wrong_secret_look_the_same(authenticator: Authenticator) -> None:
    refusals = []
    for credentials in (presenting(2), presenting(2, key_id=a_key_text().key_id)):
        with pytest.raises(ApiKeyRefused) as refusal:
            await authenticator.identify(credentials)
        refusals.append(refusal.value.message)

    assert refusals[0] == refusals[1]


async def test_a_remembered_key_does_not_vouch_for_another_id(authenticator: Authenticator) -> None:
    await authenticator.identify(presenting())

    with pytest.raises(ApiKeyRefused):
        await authenticator.identify(presenting(key_id="00" * 8))


async def test_a_revocation_counts_once_the_key_is_forgotten(
    authenticator: Authenticator, keys: MemoryKeys, clock: StoppedClock
) -> None:
    await authenticator.identify(presenting())
    keys.add(an_api_key(revoked_at=NOW))
    await authenticator.identify(presenting())
    clock.at += KEEP

    with pytest.raises(ApiKeyRevoked):
        await authenticator.identify(presenting())


async def test_a_remembered_key_expires_on_time(
    authenticator: Authenticator, keys: MemoryKeys, clock: StoppedClock
) -> None:
    keys.add(an_api_key(expires_at=NOW + timedelta(seconds=1)))
    await authenticator.identify(presenting())
    clock.at += timedelta(seconds=1)

    with pytest.raises(ApiKeyExpired):
        await authenticator.identify(presenting())


async def test_a_use_is_noted_now_and_then(authenticator: Authenticator, keys: MemoryKeys) -> None:
    await authenticator.identify(presenting())
    authenticator.verified.keep = timedelta(0)
    await authenticator.identify(presenting())

    assert keys.uses == [a_key_text().key_id]


def test_the_memory_of_keys_is_bounded() -> None:
    verified = VerifiedKeys(KEEP)

    for number in range(10_050):
        verified.put(number.to_bytes(4), an_api_key(), now=NOW)

    assert len(verified) == 10_000
    assert verified.get((0).to_bytes(4), now=NOW) is None
    assert verified.get((10_049).to_bytes(4), now=NOW) is not None
