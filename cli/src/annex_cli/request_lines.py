"""The lines that one request left behind, for whoever may see them."""

import asyncio
from urllib.parse import urlencode

from annex_cli.credentials import Purpose
from annex_cli.errors import PlatformRefused
from annex_cli.session import Session
from annex_shared.contracts.debug_lines import PLATFORM, DebugEvent

_MOST = 2000
# Lines are written a moment after the answer; the platform's own last word is the last of them.
_LOOKS, _PAUSE_SECONDS = 5, 0.3
_FORBIDDEN = 403


async def lines_of_request(
    session: Session, extension: str | None, request_id: str | None, *, is_just_now: bool = False
) -> list[DebugEvent] | None:
    """Read a request's lines, None where the caller may not; ``is_just_now`` waits a moment for the last."""
    if extension is None or request_id is None:
        return []
    query = urlencode({"extensionId": extension, "tail": _MOST, "requestId": request_id})
    events: list[DebugEvent] = []
    async with session.platform(Purpose.ADMINISTER) as client:
        for _ in range(_LOOKS if is_just_now else 1):
            try:
                events = [event for event in (await client.debug_lines(query)).events if event.request_id]
            except PlatformRefused as refused:
                if refused.document.status == _FORBIDDEN:
                    return None
                raise
            if not is_just_now or _is_told_to_the_end(events):
                break
            await asyncio.sleep(_PAUSE_SECONDS)
    return events


def _is_told_to_the_end(events: list[DebugEvent]) -> bool:
    return any(
        event.stream == PLATFORM and (" answered " in event.message or " ended with " in event.message)
        for event in events
    )
