"""One runner-proxy for the tests that do not change how it is set up, and one that hands executions to it."""

from collections.abc import AsyncIterator

import pytest

from integration.runner_proxy.platform import LEGACY_TOKEN, Platform, running_front, running_platform
from support.alga_runner import AlgaRunnerState, alga_runner


@pytest.fixture(scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with running_platform(
        tmp_path_factory.mktemp("runner-proxy"), runner_service_token=LEGACY_TOKEN, max_host_calls=500
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
