"""One runner-proxy for the tests that do not change how it is set up, and one that hands executions to it."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from integration.runner_proxy.keeping import Keeping, emptied, keeping_in
from integration.runner_proxy.platform import LEGACY_TOKEN, Platform, running_front, running_platform
from support.alga_runner import AlgaRunnerState, alga_runner
from support.runner_proxy_database import as_application, migrated_database
from support.stack.isolation import Databases


@pytest.fixture(scope="session")
async def runner_proxy_url(databases: Databases) -> AsyncIterator[str]:
    """Return the URL of runner-proxy's migrated database, as its superuser."""
    async with migrated_database(databases) as url:
        yield url


@pytest.fixture(scope="session")
async def platform(
    tmp_path_factory: pytest.TempPathFactory, runner_proxy_url: str
) -> AsyncIterator[Platform]:
    folder = tmp_path_factory.mktemp("runner-proxy")
    database_url = SecretStr(as_application(runner_proxy_url))
    async with running_platform(
        folder, database_url=database_url, runner_service_token=LEGACY_TOKEN, max_host_calls=500
    ) as platform:
        yield platform


@pytest.fixture(scope="session")
async def front(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """Run one that runs nothing itself: the first one is its remote runner."""
    folder = tmp_path_factory.mktemp("front")
    async with running_front(platform, folder, platform.client.base_url) as front:
        yield front


@pytest.fixture(scope="session")
async def predecessor() -> AsyncIterator[AlgaRunnerState]:
    async with alga_runner() as state:
        yield state


@pytest.fixture(scope="session")
async def alga_front(
    platform: Platform, predecessor: AlgaRunnerState, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    """Run one that hands executions to a predecessor's runner."""
    async with running_front(
        platform,
        tmp_path_factory.mktemp("alga-front"),
        predecessor.url,
        remote_runner_dialect="alga",
        remote_runner_token="shared-with-the-old-runner",
    ) as front:
        yield front


@pytest.fixture(scope="session")
async def keeping_url(databases: Databases) -> AsyncIterator[str]:
    """Return a database of its own: the loops of a running runner-proxy look at what every tenant has."""
    async with migrated_database(databases) as url:
        yield url


@pytest.fixture
async def kept_url(keeping_url: str) -> str:
    """Empty that database, for the loops under test do so too."""
    await emptied(keeping_url)
    return keeping_url


@pytest.fixture
async def keeping(kept_url: str) -> AsyncIterator[Keeping]:
    async with keeping_in(kept_url) as keeping:
        yield keeping
