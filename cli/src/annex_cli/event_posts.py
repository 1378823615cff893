"""Post events to a subscriber's address as the platform posts them to an extension, and time the answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import ClientSession, ClientTimeout
from pydantic import JsonValue
from yarl import URL

from annex_cli.errors import InvalidUsage
from annex_shared.contracts.dispatch import EVENT_ID_HEADER, TRIGGER_HEADER
from annex_shared.contracts.events import CONTENT_TYPE
from annex_shared.display_text import shown

_FIRST_FAILURE = 400
_SERVER_FAULT = 500
# As deliveries to extensions: these may go better another time, other refusals are final.
_PASSING: Final = frozenset({408, 425, 429})
_WAITS_SECONDS: Final = (1.0, 2.0, 4.0)
_ANSWER_SECONDS: Final = 10.0
_SLOW_PARTS: Final = 10
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class PostAnswer:
    """How a subscriber answered; ``status`` is None where it did not, and ``fault`` says why."""

    status: int | None
    duration_ms: int
    fault: str = ""

    @property
    def is_success(self) -> bool:
        return self.status is not None and self.status < _FIRST_FAILURE

    @property
    def is_passing(self) -> bool:
        return self.status is None or self.status in _PASSING or self.status >= _SERVER_FAULT

    def __str__(self) -> str:
        return f"{self.status if self.status is not None else self.fault}  {self.duration_ms} ms"

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "status": self.status,
            "duration_ms": self.duration_ms,
            **({"fault": self.fault} if self.fault else {}),
        }


@dataclass(slots=True)
class EventPoster:
    """Posts to one address, one event at a time; ``posted`` and ``failed`` count events, not attempts."""

    url: URL
    session: ClientSession
    posted: int = 0
    failed: int = 0
    waits_seconds: tuple[float, ...] = field(default=_WAITS_SECONDS)

    async def post(self, event_id: str, body: bytes, *, slow_seconds: float = 0) -> PostAnswer:
        """Send once; whatever becomes of it is an answer."""
        started = time.monotonic()
        data = _slowly(body, slow_seconds) if slow_seconds else body
        try:
            async with self.session.post(
                self.url,
                data=data,
                headers=_headers(event_id),
                timeout=ClientTimeout(total=_ANSWER_SECONDS + slow_seconds),
                allow_redirects=False,
            ) as answer:
                await answer.content.read(1)
                return PostAnswer(answer.status, _since(started))
        except TimeoutError:
            return PostAnswer(None, _since(started), "no answer")
        except (aiohttp.ClientError, ConnectionError) as error:
            fault = "not reached" if isinstance(error, aiohttp.ClientConnectorError) else "connection was cut"
            return PostAnswer(None, _since(started), fault)

    async def deliver(
        self, event_id: str, body: bytes, *, heard: Callable[[PostAnswer, float | None], None]
    ) -> bool:
        """Send until it is taken, refused for good, or has failed four times; say whether it was taken.

        ``heard`` is told every answer, and the seconds until the next attempt where there is one.
        """
        for wait_seconds in (*self.waits_seconds, None):
            answer = await self.post(event_id, body)
            is_last = wait_seconds is None or not answer.is_passing
            heard(answer, None if answer.is_success or is_last else wait_seconds)
            if answer.is_success:
                self.posted += 1
                return True
            if wait_seconds is None or is_last:
                break
            await asyncio.sleep(wait_seconds)
        self.failed += 1
        return False


@asynccontextmanager
async def event_poster(url: URL) -> AsyncIterator[EventPoster]:
    """Open a poster without any credential; only an address elsewhere is asked for through a proxy."""
    is_local = (url.host or "") in _LOCAL
    async with ClientSession(trust_env=not is_local, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield EventPoster(url, session)


def read_address(flag: str, text: str) -> URL:
    """Read a subscriber's address. Raises InvalidUsage."""
    try:
        url = URL(text)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidUsage(
            f'{flag} "{shown(text, limit=100)}" is not an address. Write http://127.0.0.1:9000/hook.'
        )
    return url


def _headers(event_id: str) -> Mapping[str, str]:
    return {
        "content-type": CONTENT_TYPE,
        TRIGGER_HEADER: "event",
        EVENT_ID_HEADER: event_id,
        "idempotency-key": event_id,
    }


async def _slowly(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = max(1, -(-len(body) // _SLOW_PARTS))
    for begin in range(0, len(body), size):
        yield body[begin : begin + size]
        await asyncio.sleep(seconds / _SLOW_PARTS)


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
