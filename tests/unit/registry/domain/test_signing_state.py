"""Publishers wait for the signature over their leaf, and no longer than it can come."""

import asyncio

import pytest

from annex_registry.domain.errors import LogNotChecked, LogSigningRefused
from annex_registry.domain.signing_state import SignedSize, SigningState

LONG_SECONDS = 60


async def test_who_waits_goes_on_when_the_leaf_is_signed() -> None:
    signed = SignedSize(has_key=True)
    waiting = asyncio.create_task(signed.wait_over(4, LONG_SECONDS))
    await signed.advance(4, SigningState.SIGNING)
    early = waiting.done()

    await signed.advance(5, SigningState.SIGNING)

    assert await waiting
    assert not early


async def test_what_is_signed_already_is_not_waited_for() -> None:
    signed = SignedSize(has_key=True)
    await signed.advance(5, SigningState.FOLLOWING)

    assert await signed.wait_over(4, 0)
    assert not await signed.wait_over(5, 0)


async def test_without_a_key_nobody_waits() -> None:
    signed = SignedSize(has_key=False)

    assert not await signed.wait_over(0, LONG_SECONDS)
    assert signed.says() == "no key"


async def test_a_refusal_sends_everybody_who_waits_on() -> None:
    signed = SignedSize(has_key=True)
    waiting = asyncio.create_task(signed.wait_over(4, LONG_SECONDS))
    await asyncio.sleep(0)

    await signed.stop(SigningState.REFUSED, "root_differs")

    assert not await waiting
    assert not await signed.wait_over(4, LONG_SECONDS)


async def test_the_size_never_falls() -> None:
    signed = SignedSize(has_key=True)
    await signed.advance(5, SigningState.SIGNING)

    await signed.advance(3, SigningState.FOLLOWING)

    assert signed.size == 5


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (SigningState.REFUSED, "root_differs", "refused: root_differs, signed up to 5"),
        (SigningState.WAITING, "BundleStoreUnavailable", "waiting: BundleStoreUnavailable, signed up to 5"),
    ],
)
async def test_readiness_tells_the_state_its_reason_and_the_size(
    state: SigningState, reason: str, told: str
) -> None:
    signed = SignedSize(has_key=True)
    await signed.advance(5, SigningState.SIGNING)
    before = signed.says()

    await signed.stop(state, reason)

    assert (before, signed.says()) == ("signing, signed up to 5", told)


async def test_a_signature_waits_for_the_publications_under_way() -> None:
    signed = SignedSize(has_key=True)
    with signed.approaching():
        with signed.approaching():
            gathering = asyncio.create_task(signed.gather(60))
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        is_early = gathering.done()

    await gathering

    assert not is_early


async def test_a_publication_that_takes_long_holds_no_signature_up() -> None:
    signed = SignedSize(has_key=True)

    with signed.approaching():
        await signed.gather(0.01)
        is_over = True

    assert is_over


async def test_a_publication_alone_is_signed_at_once() -> None:
    signed = SignedSize(has_key=True)
    with signed.approaching():
        pass

    gathering = signed.gather(60)

    with pytest.raises(StopIteration):
        gathering.send(None)


async def test_the_log_may_grow_once_a_signer_has_compared_it() -> None:
    signed = SignedSize(has_key=True)
    waiting = asyncio.create_task(signed.wait_until_it_may_grow(LONG_SECONDS))
    await asyncio.sleep(0)

    await signed.advance(0, SigningState.FOLLOWING)

    await waiting
    await signed.wait_until_it_may_grow(0)


async def test_a_fence_that_goes_away_later_does_not_stop_the_log() -> None:
    signed = SignedSize(has_key=True)
    await signed.advance(3, SigningState.SIGNING)

    await signed.hold(SigningState.WAITING, "BundleStoreUnavailable")

    await signed.wait_until_it_may_grow(0)
    assert signed.says() == "waiting: BundleStoreUnavailable, signed up to 3"


async def test_before_the_comparison_the_log_does_not_grow() -> None:
    signed = SignedSize(has_key=True)

    with pytest.raises(LogNotChecked) as refusal:
        await signed.wait_until_it_may_grow(0)

    assert refusal.value.retry_after_seconds == 1


async def test_a_refused_log_does_not_grow_and_nobody_waits_for_it() -> None:
    signed = SignedSize(has_key=True)
    await signed.advance(3, SigningState.SIGNING)
    await signed.stop(SigningState.REFUSED, "root_differs")

    with pytest.raises(LogSigningRefused) as refusal:
        await signed.wait_until_it_may_grow(LONG_SECONDS)

    assert refusal.value.details == {"reason": "root_differs"}


async def test_why_a_log_was_refused_stays_known_while_nobody_leads() -> None:
    signed = SignedSize(has_key=True)
    await signed.stop(SigningState.REFUSED, "root_differs")

    await signed.miss_check()

    assert signed.says() == "refused: root_differs"


async def test_without_a_key_there_is_nothing_to_compare_with() -> None:
    signed = SignedSize(has_key=False)

    await signed.wait_until_it_may_grow(0)

    assert not signed.is_guarded
