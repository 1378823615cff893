"""Bring the copy of what administrators stopped up to what the gateway says."""

from annex_ui_host.domain.ports import Gateway
from annex_ui_host.domain.stops import Stops


async def refresh_stops(*, stops: Stops, gateway: Gateway) -> None:
    """Read the listing unless it is the one that is known. Raises ControlsUnavailable."""
    asked_at = stops.monotonic()
    answer = await gateway.stops(unless=stops.etag)
    if answer is None:
        stops.confirm(asked_at=asked_at)
    else:
        listing, etag = answer
        stops.take(listing, etag=etag, asked_at=asked_at)
