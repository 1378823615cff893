"""Platforms of four service processes on real servers, one for each module that needs one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from annex_shared.contracts.installs import InstallView
from support.platform.environments import Backing
from support.platform.real import RealPlatform, real_platform
from support.platform.tenants import Tenant
from support.stack.isolation import Buckets, Databases, RedisNumbers, Vhosts

# Short, so that a test sees within seconds what an operator sees within half a minute.
SOON_SECONDS = 2.0
# Longer than any test: whatever is noticed was noticed by an event.
NEVER_SECONDS = 3600.0


class Backings:
    """Sets aside a part of each real server for one platform."""

    def __init__(
        self, databases: Databases, vhosts: Vhosts, redis_numbers: RedisNumbers, buckets: Buckets
    ) -> None:
        self._databases = databases
        self._vhosts = vhosts
        self._redis_numbers = redis_numbers
        self._buckets = buckets

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Backing]:
        backing = Backing(
            database_url=await self._databases.create(),
            bus_url=self._vhosts.create(),
            redis_url=self._redis_numbers.create(),
            bucket=self._buckets.create(),
        )
        yield backing
        await self._databases.drop(backing.database_url)
        self._vhosts.drop(backing.bus_url)
        self._buckets.drop(backing.bucket)


@pytest.fixture(scope="session")
def backings(databases: Databases, vhosts: Vhosts, redis_numbers: RedisNumbers, buckets: Buckets) -> Backings:
    return Backings(databases, vhosts, redis_numbers, buckets)


@pytest.fixture(scope="module")
async def real(backings: Backings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RealPlatform]:
    """Run a platform for the tests of one module; each brings tenants and publishers of its own."""
    directory = tmp_path_factory.mktemp("platform")
    async with (
        backings.one() as backing,
        real_platform(directory, backing, repair_seconds=SOON_SECONDS) as real,
    ):
        yield real


@pytest.fixture
async def unrepaired(
    backings: Backings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RealPlatform]:
    """Run a platform that learns by events alone."""
    directory = tmp_path_factory.mktemp("unrepaired")
    async with (
        backings.one() as backing,
        real_platform(directory, backing, repair_seconds=NEVER_SECONDS) as real,
    ):
        yield real


@pytest.fixture
async def tenant(real: RealPlatform) -> Tenant:
    """Make a tenant that only this test knows."""
    return await real.operator.new_tenant()


@pytest.fixture
async def installed(tenant: Tenant) -> InstallView:
    """Install the sample for the tenant of this test, with every capability it asks for."""
    grants = ("cap:config.read", "cap:context.read", "cap:log.emit")
    return await tenant.install("annex-demo/hello", grants=grants, config={"greeting": "Hello"})
