import asyncio

import pytest

from annex_ui_host.actions.find_asset import Shelf
from annex_ui_host.actions.find_publication import find_publication
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound, RegistryUnavailable
from annex_ui_host.domain.publications import Publication
from unit.ui_host.fakes import HASH, MemoryRegistry, Time, a_publication, a_shelf

ADDRESS = AssetAddress("acme.notes", HASH, "index.html")


async def find(shelf: Shelf, address: AssetAddress = ADDRESS) -> Publication:
    return await find_publication(
        address, publications=shelf.publications, lookups=shelf.lookups, registry=shelf.registry
    )


async def test_projected_version_is_found_without_asking() -> None:
    registry = MemoryRegistry(is_away=True)
    shelf = a_shelf(registry)
    shelf.publications.add(a_publication())

    found = await find(shelf)

    assert found == a_publication()
    assert registry.asked == {}


async def test_version_published_just_now_is_found_by_asking_once() -> None:
    registry = MemoryRegistry(feed=[a_publication()])
    shelf = a_shelf(registry)

    found = await asyncio.gather(*(find(shelf) for _ in range(10)))

    assert found == [a_publication()] * 10
    assert registry.asked == {"publications_of": 1}


async def test_unknown_hash_is_not_asked_about_over_and_over() -> None:
    time, registry = Time(), MemoryRegistry()
    shelf = a_shelf(registry, time=time)

    for second in (0, 1, 4):
        time.seconds = second
        with pytest.raises(AssetNotFound):
            await find(shelf)

    assert registry.asked == {"publications_of": 1}


async def test_unknown_hash_is_asked_about_again_after_a_while() -> None:
    time, registry = Time(), MemoryRegistry()
    shelf = a_shelf(registry, time=time)
    with pytest.raises(AssetNotFound):
        await find(shelf)
    registry.feed.append(a_publication())

    time.seconds = 6

    assert await find(shelf) == a_publication()


async def test_hash_of_another_extension_is_not_found() -> None:
    shelf = a_shelf(MemoryRegistry(feed=[a_publication()]))

    with pytest.raises(AssetNotFound):
        await find(shelf, AssetAddress("rival.notes", HASH, "index.html"))


async def test_owner_that_is_away_is_not_taken_for_a_no() -> None:
    registry = MemoryRegistry(is_away=True)
    shelf = a_shelf(registry)
    with pytest.raises(RegistryUnavailable):
        await find(shelf)

    registry.is_away = False
    registry.feed.append(a_publication())

    assert await find(shelf) == a_publication()
