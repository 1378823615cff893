"""One runner-proxy for the tests that do not change how it is set up."""

from collections.abc import AsyncIterator

import pytest

from annex_runner_proxy.adapters.postgres.schema import migrate_database
from integration.runner_proxy.keeping import Keeping, emptied, keeping_in
from integration.runner_proxy.platform import Platform, running_platform
from support.stack.isolation import Databases


@pytest.fixture(scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with running_platform(tmp_path_factory.mktemp("runner-proxy")) as platform:
        yield platform


@pytest.fixture(scope="session")
async def runner_proxy_url(databases: Databases) -> AsyncIterator[str]:
    """Migrate a database of runner-proxy's that the tests of this folder share."""
    url = await databases.create()
    await migrate_database(url)
    yield url
    await databases.drop(url)


@pytest.fixture
async def kept_url(runner_proxy_url: str) -> str:
    """Empty the database, for loops look at what every tenant has."""
    await emptied(runner_proxy_url)
    return runner_proxy_url


@pytest.fixture
async def keeping(kept_url: str) -> AsyncIterator[Keeping]:
    async with keeping_in(kept_url) as keeping:
        yield keeping
