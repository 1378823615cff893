"""The in-process bus of the embedded mode: same envelope, matching and delivery rules, no broker."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from annex_shared.contracts.events import CloudEvent, routing_key
from annex_shared.messaging.delivery import DeliveryPolicy, handle_once, handle_or_drop
from annex_shared.messaging.port import (
    BusUnavailable,
    DeadLetter,
    DeadReason,
    Handler,
    OnGap,
    PublishUnconfirmed,
)
from annex_shared.messaging.subscription import RunningSubscription
from annex_shared.messaging.topic_match import matches
from annex_shared.messaging.topology import WORK_ATTEMPTS

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_MAX_DEAD_LETTERS = 10_000


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Bytes on their way to one subscriber, and the receipt their publisher waits for.

    A receipt is true when the handler acknowledged or spent its attempts, false when its subscription
    ended first.
    """

    body: bytes
    receipt: asyncio.Future[bool]

    @property
    def is_withdrawn(self) -> bool:
        """Tell that the publisher gave up waiting; it publishes again, so handling this repeats work."""
        return self.receipt.done()

    def settle(self, *, is_acknowledged: bool) -> None:
        if not self.receipt.done():
            self.receipt.set_result(is_acknowledged)

    async def settle_by(self, handling: Awaitable[None]) -> None:
        try:
            await handling
        except BaseException:
            self.settle(is_acknowledged=False)
            raise
        self.settle(is_acknowledged=True)


@dataclass(slots=True)
class _Mailbox:
    """What waits for one follower, or for one group of workers."""

    name: str
    bindings: set[str]
    waiting: asyncio.Queue[_Delivery]
    dead: deque[DeadLetter] = field(default_factory=deque)
    is_gone: bool = False

    def wants(self, key: str) -> bool:
        return any(matches(binding, key) for binding in self.bindings)

    async def offer(self, body: bytes) -> asyncio.Future[bool]:
        delivery = _Delivery(body, asyncio.get_running_loop().create_future())
        await self.waiting.put(delivery)
        if self.is_gone:
            self.close()
        return delivery.receipt

    def bury(self, letter: DeadLetter) -> None:
        if len(self.dead) >= _MAX_DEAD_LETTERS:
            self.dead.popleft()
            log.error("dead_letter_dropped", queue=self.name, limit=_MAX_DEAD_LETTERS)
        self.dead.append(letter)

    def close(self) -> None:
        """Let go of everything: a follower that left no longer keeps its publishers waiting."""
        self.is_gone = True
        while not self.waiting.empty():
            self.waiting.get_nowait().settle(is_acknowledged=True)


class InProcessBus:
    """Hands events to handlers of this process; nothing here outlives it, the outbox is the memory.

    A publish returns when every current follower, and one consumer of each group, acknowledged the event or
    spent its attempts on it. A group whose consumers all ended still wants its events: publishing them is
    unconfirmed until one is back, which is how they survive in the outbox.
    """

    def __init__(self, *, publish_timeout_seconds: float, queue_size: int, policy: DeliveryPolicy) -> None:
        self._publish_timeout_seconds = publish_timeout_seconds
        self._queue_size = queue_size
        self._policy = policy
        self._followers: list[_Mailbox] = []
        self._groups: dict[str, _Mailbox] = {}
        self._subscriptions: set[RunningSubscription] = set()
        self._is_open = True

    @property
    def is_connected(self) -> bool:
        return self._is_open

    async def publish(self, event: CloudEvent) -> None:
        body, key = event.to_bytes(), routing_key(event)
        wanting = [box for box in (*self._followers, *self._groups.values()) if box.wants(key)]
        if not self._is_open or not await self._deliver(body, wanting):
            raise PublishUnconfirmed(f"Event {event.id} was not acknowledged by all its subscribers.")

    async def follow(
        self,
        *,
        bindings: Sequence[str],
        handler: Handler,
        name: str,
        on_gap: OnGap | None = None,
    ) -> RunningSubscription:
        box = self._mailbox(name, bindings)

        async def serve(subscription: RunningSubscription) -> None:
            if on_gap is not None:
                async with asyncio.timeout(self._policy.repair_timeout_seconds):
                    await on_gap()
            subscription.mark_attached()
            await self._serve(box, subscription, handle)

        async def handle(body: bytes) -> None:
            event = CloudEvent.parse(body)
            await handle_or_drop(event, handler, subscription=name, policy=self._policy)

        def leave() -> None:
            self._followers.remove(box)
            box.close()

        self._followers.append(box)
        return self._subscribe(name, serve, leave)

    async def work(self, *, queue: str, bindings: Sequence[str], handler: Handler) -> RunningSubscription:
        group = self._groups.setdefault(queue, self._mailbox(queue, bindings))
        group.bindings.update(bindings)

        async def serve(subscription: RunningSubscription) -> None:
            subscription.mark_attached()
            await self._serve(group, subscription, handle)

        async def handle(body: bytes) -> None:
            await self._handle_or_bury(body, group, handler)

        return self._subscribe(queue, serve, lambda: None)

    async def dead_letters(self, queue: str, *, limit: int = 100) -> list[DeadLetter]:
        group = self._groups.get(queue)
        return [] if group is None else list(group.dead)[:limit]

    async def replay(self, queue: str, *, limit: int = 100) -> int:
        letters = await self.dead_letters(queue, limit=limit)
        for letter in letters:
            group = self._groups[queue]
            if not await self._deliver(letter.body, [group]):
                raise BusUnavailable(f"No consumer of {queue} took a dead letter back in time.")
            group.dead.remove(letter)
        return len(letters)

    async def close(self) -> None:
        self._is_open = False
        await asyncio.gather(*(subscription.close() for subscription in tuple(self._subscriptions)))

    def _mailbox(self, name: str, bindings: Sequence[str]) -> _Mailbox:
        return _Mailbox(name, set(bindings), asyncio.Queue(self._queue_size))

    def _subscribe(
        self,
        name: str,
        serve: Callable[[RunningSubscription], Awaitable[None]],
        leave: Callable[[], None],
    ) -> RunningSubscription:
        def forget(subscription: RunningSubscription) -> None:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)
                leave()

        subscription = RunningSubscription(name, serve, policy=self._policy, on_closed=forget)
        self._subscriptions.add(subscription)
        return subscription

    async def _serve(
        self, box: _Mailbox, subscription: RunningSubscription, handle: Callable[[bytes], Awaitable[None]]
    ) -> None:
        while not subscription.is_closing:
            delivery = await box.waiting.get()
            if not delivery.is_withdrawn:
                with subscription.in_hand():
                    await delivery.settle_by(handle(delivery.body))

    async def _handle_or_bury(self, body: bytes, group: _Mailbox, handler: Handler) -> None:
        event = CloudEvent.parse(body)
        for attempt in range(1, WORK_ATTEMPTS + 1):
            if await handle_once(
                event, handler, subscription=group.name, attempt=attempt, policy=self._policy
            ):
                return
            if attempt < WORK_ATTEMPTS:
                await asyncio.sleep(self._policy.delay_after(attempt))
        log.error("delivery_dead_lettered", subscription=group.name, event_id=event.id)
        group.bury(DeadLetter(body, DeadReason.ATTEMPTS_EXHAUSTED))

    async def _deliver(self, body: bytes, boxes: Iterable[_Mailbox]) -> bool:
        receipts: list[asyncio.Future[bool]] = []
        try:
            async with asyncio.timeout(self._publish_timeout_seconds):
                for box in boxes:
                    receipts.append(await box.offer(body))  # noqa: PERF401 a timeout must find those given so far
                return all(await asyncio.gather(*receipts))
        except TimeoutError:
            return False
        finally:
            for receipt in receipts:
                receipt.cancel()


@asynccontextmanager
async def in_process_bus(
    *,
    publish_timeout_seconds: float = 180.0,
    queue_size: int = 1_000,
    policy: DeliveryPolicy | None = None,
) -> AsyncIterator[InProcessBus]:
    """Open the bus of one process.

    The default time limit of a publish covers all attempts of the slowest handler, so a slow subscriber
    delays its publisher instead of being handed the same event over and over.
    """
    bus = InProcessBus(
        publish_timeout_seconds=publish_timeout_seconds,
        queue_size=queue_size,
        policy=policy or DeliveryPolicy(),
    )
    try:
        yield bus
    finally:
        await bus.close()
