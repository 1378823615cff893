"""Find out under which extension a hash is published: from the projection, or by asking the owner once."""

from dataclasses import dataclass

from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound
from annex_ui_host.domain.ports import Registry
from annex_ui_host.domain.publications import Publication, Publications
from annex_ui_host.domain.recently_asked import RecentlyAsked
from annex_ui_host.domain.single_flight import SingleFlight


@dataclass(frozen=True, slots=True)
class PublicationLookups:
    """How often the owner is asked about a hash that the projection does not hold."""

    flight: SingleFlight[ContentHash, None]
    recent: RecentlyAsked


async def find_publication(
    address: AssetAddress, *, publications: Publications, lookups: PublicationLookups, registry: Registry
) -> Publication:
    """Return the publication an address names, so that what was published just now is shown just now.

    Raises AssetNotFound, RegistryUnavailable, UiHostBusy.
    """

    async def ask() -> None:
        for publication in await registry.publications_of(address.content_hash):
            publications.add(publication)
        lookups.recent.add(address.content_hash)

    found = publications.find(address.content_hash, address.extension)
    if found is None and address.content_hash not in lookups.recent:
        await lookups.flight.run(address.content_hash, ask)
        found = publications.find(address.content_hash, address.extension)
    if found is None:
        raise AssetNotFound
    return found
