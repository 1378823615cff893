"""One runner-proxy for the tests that do not change how it is set up."""

from collections.abc import AsyncIterator

import pytest

from integration.runner_proxy.platform import Platform, running_platform


@pytest.fixture(scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with running_platform(tmp_path_factory.mktemp("runner-proxy")) as platform:
        yield platform
