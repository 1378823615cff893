"""Bring the projection of installs to what their owner lists."""

from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.ports import Registry


async def refresh_installs(*, installs: Installs, registry: Registry) -> None:
    """Read the listing unless nothing changed since the last. Raises RegistryUnavailable."""
    known_before = installs.revisions()
    listing = await registry.installs(unless_as_of=installs.as_of)
    if listing is not None:
        installs.take_listing(listing.installs, as_of=listing.as_of, known_before=known_before)
