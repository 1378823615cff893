"""One runner-proxy for the tests that do not change how it is set up, and its database."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from integration.runner_proxy.platform import Platform, running_platform
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
    async with running_platform(folder, database_url=database_url) as platform:
        yield platform
