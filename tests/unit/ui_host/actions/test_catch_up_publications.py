import pytest

from annex_shared.content_hash import ContentHash
from annex_ui_host.actions.catch_up_publications import catch_up_publications
from annex_ui_host.domain.errors import RegistryUnavailable
from annex_ui_host.domain.publications import Publications
from unit.ui_host.fakes import MemoryRegistry, a_publication

FEED = [a_publication(ContentHash.of(bytes([number]))) for number in range(5)]


async def test_every_page_is_read_and_the_end_remembered() -> None:
    publications, registry = Publications(), MemoryRegistry(feed=FEED)

    await catch_up_publications(publications=publications, registry=registry)

    assert all(publications.find(item.content_hash, item.segment) for item in FEED)
    assert publications.serial == 5
    assert publications.is_filled


async def test_second_run_reads_only_what_is_new() -> None:
    publications, registry = Publications(), MemoryRegistry(feed=FEED)
    await catch_up_publications(publications=publications, registry=registry)
    registry.asked.clear()

    await catch_up_publications(publications=publications, registry=registry)

    assert registry.asked == {"publications_after": 1}


async def test_nothing_counts_as_filled_until_the_owner_answered() -> None:
    publications, registry = Publications(), MemoryRegistry(is_away=True)

    with pytest.raises(RegistryUnavailable):
        await catch_up_publications(publications=publications, registry=registry)

    assert not publications.is_filled
