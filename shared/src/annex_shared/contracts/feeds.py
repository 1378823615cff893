"""Feeds on the wire: a page of events, and the state a feed has led to."""

import json
from typing import Literal

from annex_shared.contracts.events import CloudEvent
from annex_shared.contracts.installs import InstallView
from annex_shared.contracts.versions import VersionRecord
from annex_shared.contracts.wire import Exchanged


class FeedPage(Exchanged):
    """`GET /api/v1/feed?feed=&after=&limit=&wait=`: events in commit order; go on after ``next_after``.

    ``as_of`` is the end of the feed. A tenant sees its own events of the installs feed, so serials of others
    are missing between them and ``next_after`` passes over them.
    """

    feed: str
    items: list[CloudEvent]
    next_after: int
    as_of: int

    def to_bytes(self) -> bytes:
        """Write the page with each event exactly as the bus carries it."""
        document = {
            "feed": self.feed,
            "items": [event.to_document() for event in self.items],
            "next_after": self.next_after,
            "as_of": self.as_of,
        }
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


class VersionsSnapshot(Exchanged):
    """`GET /api/v1/snapshot?feed=registry`: every version up to ``as_of``; all pages are one state."""

    feed: Literal["registry"] = "registry"
    items: list[VersionRecord]
    as_of: int
    next_cursor: str | None


class InstallsSnapshot(Exchanged):
    """`GET /api/v1/snapshot?feed=installs`: the tenant's installs; ``as_of`` is the first page's serial.

    One page is exactly the state of ``as_of``. A later page may show what came after it; following the feed
    from ``as_of`` and keeping the higher revision makes both equal.
    """

    feed: Literal["installs"] = "installs"
    items: list[InstallView]
    as_of: int
    next_cursor: str | None
