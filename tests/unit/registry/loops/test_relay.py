"""One batch of the relay: order, and what is forgotten when the bus fails in the middle."""

from collections.abc import Sequence
from typing import cast

import pytest

from annex_registry.loops.relay import OutboxGap, relay_feed
from annex_shared.contracts.events import CloudEvent, InstallChange, sequence_text
from annex_shared.messaging.port import Bus, PublishUnconfirmed
from unit.registry.builders import NOON, an_install


def event(serial: int) -> CloudEvent:
    return CloudEvent.of(an_install().event(InstallChange.INSTALLED), serial=serial, time=NOON)


class FakeQueue:
    """The outbox of one feed in memory."""

    def __init__(self, *serials: int) -> None:
        self.serials = list(serials)

    async def become_leader(self) -> bool:
        return True

    async def pending(self, feed: str, *, limit: int) -> list[CloudEvent]:
        assert feed == "installs"
        return [event(serial) for serial in self.serials[:limit]]

    async def forget(self, feed: str, serials: Sequence[int]) -> None:
        assert feed == "installs"
        self.serials = [serial for serial in self.serials if serial not in serials]

    async def wait(self, timeout_seconds: float) -> None:
        raise AssertionError(f"nothing waits {timeout_seconds} s in one batch")


class FakeBus:
    """Takes events until the one it is told to fail at."""

    def __init__(self, *, fails_at: int = 0) -> None:
        self.fails_at = fails_at
        self.taken: list[str] = []

    async def publish(self, event: CloudEvent) -> None:
        if event.serial == self.fails_at:
            raise PublishUnconfirmed("no")
        self.taken.append(event.sequence)


async def test_a_batch_is_announced_in_order_and_forgotten() -> None:
    queue, bus = FakeQueue(3, 4, 5), FakeBus()

    count = await relay_feed(queue, cast("Bus", bus), "installs")

    assert count == 3
    assert bus.taken == [sequence_text(serial) for serial in (3, 4, 5)]
    assert queue.serials == []


async def test_what_was_vouched_for_before_a_failure_is_forgotten_and_the_rest_stays() -> None:
    queue, bus = FakeQueue(3, 4, 5), FakeBus(fails_at=4)

    with pytest.raises(PublishUnconfirmed):
        await relay_feed(queue, cast("Bus", bus), "installs")

    assert bus.taken == [sequence_text(3)]
    assert queue.serials == [4, 5]


async def test_a_gap_is_never_announced_over() -> None:
    queue, bus = FakeQueue(3, 5), FakeBus()

    with pytest.raises(OutboxGap):
        await relay_feed(queue, cast("Bus", bus), "installs")

    assert bus.taken == []
    assert queue.serials == [3, 5]


async def test_an_empty_outbox_is_no_work() -> None:
    assert await relay_feed(FakeQueue(), cast("Bus", FakeBus()), "installs") == 0
