"""Read on in a feed, waiting for the next event when there is none yet."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from annex_registry.domain.authority import is_service, require, tenant_of
from annex_registry.domain.errors import FeedPositionAhead
from annex_registry.domain.feed import FeedPage, FeedWatch, Waiter
from annex_registry.domain.ports import Outbox, Records
from annex_shared.contracts.events import INSTALLS_FEED
from annex_shared.ids import TenantId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller

# How soon a reader who left is noticed.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FeedWish:
    feed: str
    after: int
    limit: int
    wait_seconds: int
    known_tag: str | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a feed that a caller sees."""

    feed: str
    tenant_id: TenantId | None
    limit: int
    records: Records
    known_tag: str | None

    async def page(self, after: int) -> FeedPage:
        async with self._outbox() as outbox:
            as_of = await outbox.serial(self.feed)
            _refuse_ahead(self.feed, after, as_of)
            tag = self._tag(after, as_of)
            if tag == self.known_tag:
                return FeedPage((), as_of, as_of, tag, is_known=True)
            events = await outbox.events(self.feed, after=after, limit=self.limit, tenant_id=self.tenant_id)
        # A full page may not be all; otherwise everything up to the end was looked at, also what is others'.
        return FeedPage(events, events[-1].serial if len(events) == self.limit else as_of, as_of, tag)

    @asynccontextmanager
    async def _outbox(self) -> AsyncIterator[Outbox]:
        if self.feed == INSTALLS_FEED and self.tenant_id is None:
            async with self.records.whole_outbox() as outbox:
                yield outbox
        else:
            async with self.records.work(tenant_id=self.tenant_id, is_one_state=True) as work:
                yield work.outbox

    def _tag(self, after: int, as_of: int) -> str:
        """Name the page by what it depends on: the feed's end, whose part it is, and the place."""
        place = hashlib.sha256(f"{self.tenant_id} {after} {self.limit}".encode()).hexdigest()[:12]
        return f'"{self.feed}-{as_of}-{place}"'


async def read_feed(
    wish: FeedWish,
    *,
    caller: Caller,
    records: Records,
    watch: FeedWatch,
    is_wanted: Callable[[], bool],
) -> FeedPage:
    """Answer at once with what there is, else with what comes within the wait, else with an empty page."""
    part = _Part(wish.feed, tenant_in_feed(wish.feed, caller), wish.limit, records, wish.known_tag)
    if wish.wait_seconds == 0:
        return await part.page(wish.after)
    name = str(caller.tenant_id or caller.principal)
    # Listening before reading: an event committed in between wakes us.
    with watch.waiting(wish.feed, tenant_id=part.tenant_id, caller=name) as waiter:
        page = await part.page(wish.after)
        now = asyncio.get_running_loop().time
        ends_at = now() + wish.wait_seconds
        while (
            not (page.events or page.is_known or watch.is_closed)
            and is_wanted()
            and (left := ends_at - now()) > 0
        ):
            if await _woken(waiter, min(left, _LOOK_SECONDS)):
                page = await part.page(page.next_after)
        return page


def tenant_in_feed(feed: str, caller: Caller) -> TenantId | None:
    """Say whose part of a feed the caller sees; None is the whole. Raises for who may see nothing."""
    if is_service(caller):
        return None
    require(caller, Permission.EXTENSION_READ)
    return tenant_of(caller) if feed == INSTALLS_FEED else None


async def _woken(waiter: Waiter, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waiter.woken.wait()
    is_woken = waiter.woken.is_set()
    # Cleared before the next reading, so that nothing committed after it goes unheard.
    waiter.woken.clear()
    return is_woken


def _refuse_ahead(feed: str, after: int, as_of: int) -> None:
    if after > as_of:
        raise FeedPositionAhead(
            f"The feed {feed} ends at {as_of} and you have read up to {after}: that was another registry, or "
            "this one was restored from a backup. Read the snapshot and follow from its serial.",
            details={"feed": feed, "after": after, "as_of": as_of},
        )
