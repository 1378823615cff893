"""Keys of a real issuer: read once, ahead of need and rarely, and outliving an outage for a while."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from annex_shared.http.client import client_session
from annex_shared.http.issuer_keys import IssuerAddress, IssuerKeys, KeyTimes, check_issuer
from annex_shared.issued_tokens import IssuerAway
from support.oidc_issuer import Issuer, IssuerKey, running_issuer
from unit.gateway.fakes import StoppedMonotonic

TIMES = KeyTimes(fresh_min=300, fresh_default=3_600, fresh_max=86_400, stale=86_400, cool_down=30)


@dataclass
class Asking:
    """An issuer, what we know of its keys, and our clock."""

    issuer: Issuer
    keys: IssuerKeys
    clock: StoppedMonotonic

    async def has(self, key_id: str = "rsa-1") -> bool:
        return await self.keys.key(self.issuer.url, key_id) is not None

    def wait(self, seconds: float) -> None:
        self.clock.seconds += seconds


@pytest.fixture
async def asking() -> AsyncIterator[Asking]:
    clock = StoppedMonotonic()
    async with running_issuer() as issuer, client_session() as session:
        keys = IssuerKeys(session, [IssuerAddress(issuer.url)], times=TIMES, monotonic=clock)
        yield Asking(issuer, keys, clock)
        await keys.close()


async def test_many_who_wait_ask_once(asking: Asking) -> None:
    found = await asyncio.gather(*(asking.has() for _ in range(50)))

    assert all(found)
    assert asking.issuer.asked == 1


async def test_keys_at_hand_are_read_again_ahead_of_need_and_nobody_waits(asking: Asking) -> None:
    await asking.has()
    asking.wait(0.9 * 3_600)

    assert await asking.has()
    async with asyncio.timeout(5):
        while asking.issuer.asked < 2:  # noqa: ASYNC110 - the issuer's own count
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("max-age=10", 299),
        ("public, max-age=7200", 0.79 * 7_200),
        ("max-age=999999999", 0.79 * 86_400),
        ("no-store", 0.79 * 3_600),
    ],
)
async def test_an_issuer_says_how_long_its_keys_are_fresh_within_bounds(
    asking: Asking, said: str, seconds: float
) -> None:
    asking.issuer.cache_control = said
    await asking.has()
    asking.wait(min(seconds, 0.79 * 300) if said == "max-age=10" else seconds)

    await asking.has()

    assert asking.issuer.asked == 1


async def test_a_key_the_issuer_withdrew_is_not_taken_past_its_time(asking: Asking) -> None:
    await asking.has()
    asking.issuer.keys = [IssuerKey.ec()]
    asking.wait(3_600)

    assert not await asking.has()
    assert await asking.has("ec-1")


async def test_keys_outlive_the_issuers_outage_for_a_bounded_time(asking: Asking) -> None:
    await asking.has()
    asking.issuer.is_down = True

    asking.wait(80_000)
    assert await asking.has()

    asking.wait(6_400)
    with pytest.raises(IssuerAway):
        await asking.has()


async def test_an_issuer_that_comes_back_is_believed_again(asking: Asking) -> None:
    asking.issuer.is_down = True
    with pytest.raises(IssuerAway):
        await asking.has()
    asking.issuer.is_down = False
    asking.wait(30)

    assert await asking.has()


async def test_a_new_key_is_found_at_once(asking: Asking) -> None:
    await asking.has()
    asking.issuer.keys = [IssuerKey.ec("ec-2")]

    assert await asking.has("ec-2")


async def test_a_flood_of_invented_key_ids_does_not_reach_the_issuer(asking: Asking) -> None:
    await asking.has()

    found = [await asking.has(f"invented-{number}") for number in range(200)]
    await asyncio.gather(*(asking.has(f"more-{number}") for number in range(200)))

    assert not any(found)
    assert asking.issuer.asked == 2


async def test_after_the_cool_down_an_issuer_is_asked_once_more(asking: Asking) -> None:
    await asking.has()
    await asking.has("invented")
    asking.issuer.keys.append(IssuerKey.ec("ec-2"))

    assert not await asking.has("ec-2")
    asking.wait(61)
    assert await asking.has("ec-2")


@pytest.mark.parametrize(
    ("field", "value"),
    [("issuer", "https://another.example"), ("jwks_uri", "https://elsewhere.example/keys"), ("jwks_uri", 1)],
)
async def test_a_discovery_document_that_leads_elsewhere_is_not_followed(
    asking: Asking, field: str, value: object
) -> None:
    asking.issuer.discovery[field] = value

    with pytest.raises(IssuerAway):
        await asking.has()
    assert asking.issuer.asked == 0


async def test_weak_and_symmetric_keys_are_no_keys(asking: Asking) -> None:
    asking.issuer.keys = [IssuerKey.rsa("weak", bits=1024), IssuerKey.rsa()]

    assert not await asking.has("weak")
    assert await asking.has()


@pytest.mark.parametrize(
    ("address", "is_usable"),
    [
        ("https://login.example.com/realm", True),
        ("http://127.0.0.1:8080", True),
        ("http://login.example.com", False),
        ("https://login.example.com/?x=1", False),
        ("https://user:secret@login.example.com", False),
        ("login.example.com", False),
    ],
)
def test_an_issuers_address_is_https_and_plain(address: str, is_usable: bool) -> None:  # noqa: FBT001
    assert (check_issuer(address) is None) is is_usable
