"""Bring the projection of published versions up to its feed."""

from annex_ui_host.domain.ports import Registry
from annex_ui_host.domain.publications import Publications


async def catch_up_publications(*, publications: Publications, registry: Registry) -> None:
    """Read every page after the last one read; a run that fails keeps what it got.

    Raises RegistryUnavailable. Two runs at the same time do each other no harm: both only add, and the
    serial only grows.
    """
    is_last = False
    while not is_last:
        page = await registry.publications_after(publications.serial)
        for publication in page.publications:
            publications.add(publication)
        publications.advance_to(page.last_serial)
        is_last = page.is_last
    publications.is_filled = True
