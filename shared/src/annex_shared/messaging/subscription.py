"""A subscription's life: attach, serve, start over after a failure, and end without losing work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Self

import structlog

from annex_shared.messaging.delivery import DeliveryPolicy, cancelled_from_outside

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class RunningSubscription:
    """One task that serves deliveries; how is the adapter's affair.

    ``serve`` attaches, calls `mark_attached`, and takes deliveries until `is_closing`, each inside
    `in_hand`. When it raises, it is called again after a growing wait, for as long as the bus is open.
    """

    def __init__(
        self,
        name: str,
        serve: Callable[["RunningSubscription"], Awaitable[None]],
        *,
        policy: DeliveryPolicy,
        on_closed: Callable[["RunningSubscription"], None],
    ) -> None:
        self.name = name
        self.is_closing = False
        self._serve = serve
        self._policy = policy
        self._on_closed = on_closed
        self._attached = asyncio.Event()
        self._failures = 0
        self._has_delivery_in_hand = False
        self._task = asyncio.create_task(self._keep_serving(), name=f"subscription {name}")

    @property
    def is_attached(self) -> bool:
        return self._attached.is_set()

    async def attached(self) -> None:
        await self._attached.wait()

    def mark_attached(self) -> None:
        self._failures = 0
        self._attached.set()
        log.info("subscription_attached", subscription=self.name)

    @contextmanager
    def in_hand(self) -> Iterator[None]:
        """Mark the delivery that closing waits for."""
        self._has_delivery_in_hand = True
        try:
            yield
        finally:
            self._has_delivery_in_hand = False

    async def close(self) -> None:
        self.is_closing = True
        if self._has_delivery_in_hand:
            await asyncio.wait({self._task}, timeout=self._policy.drain_timeout_seconds)
        self._task.cancel()
        await asyncio.wait({self._task})
        self._attached.clear()
        self._on_closed(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def _keep_serving(self) -> None:
        while not self.is_closing:
            try:
                await self._serve(self)
            except asyncio.CancelledError:
                if cancelled_from_outside():
                    raise
                self._note_interruption("CancelledError", None)
            except Exception as error:  # noqa: BLE001 a subscription ends by being closed, not by an error
                self._note_interruption(type(error).__name__, error)
            self._attached.clear()
            if not self.is_closing:
                await asyncio.sleep(self._policy.delay_after(max(1, self._failures)))

    def _note_interruption(self, error_name: str, error: Exception | None) -> None:
        self._failures += 1
        log.warning(
            "subscription_interrupted",
            subscription=self.name,
            error=error_name,
            reason=None if error is None else str(error),
            failures=self._failures,
        )
