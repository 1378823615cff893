"""The fixtures through which tests get real servers, and the order that starts them in time."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from support.stack.addresses import PostgresServer, RabbitmqServer, RedisServer, S3Bucket, S3Server
from support.stack.client import Stack
from support.stack.guard import Guard
from support.stack.isolation import Buckets, Databases, RedisNumbers, Vhosts

SERVER_FIXTURES = {
    "postgres_server": "postgres",
    "rabbitmq_server": "rabbitmq",
    "redis_server": "redis",
    "s3_server": "s3",
}
STACK = pytest.StashKey[Stack]()
GUARD = Guard()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[STACK] = Stack(os.environ)
    GUARD.install()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start, side by side, what the collected tests name; they boot while other tests run."""
    if session.config.option.collectonly:
        return
    used = {name for item in session.items if isinstance(item, pytest.Function) for name in item.fixturenames}
    servers = [server for fixture, server in SERVER_FIXTURES.items() if fixture in used]
    started = session.config.stash[STACK].order(servers)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if started and reporter is not None:
        reporter.write_line(f"starting private servers: {', '.join(started)}")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop everything also when the run was interrupted before its fixtures could."""
    stack = config.stash.get(STACK, None)
    if stack is not None:
        stack.close()


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Stack]:
    """Own the servers of the run; stops them after the last test that used one."""
    stack = pytestconfig.stash[STACK]
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def postgres_server(stack: Stack) -> PostgresServer:
    return PostgresServer.of(stack.addresses("postgres"))


@pytest.fixture(scope="session")
def rabbitmq_server(stack: Stack) -> RabbitmqServer:
    return RabbitmqServer.of(stack.addresses("rabbitmq"))


@pytest.fixture(scope="session")
def redis_server(stack: Stack) -> RedisServer:
    return RedisServer.of(stack.addresses("redis"))


@pytest.fixture(scope="session")
def s3_server(stack: Stack) -> S3Server:
    return S3Server.of(stack.addresses("s3"))


@pytest.fixture(scope="session")
async def databases(postgres_server: PostgresServer) -> AsyncIterator[Databases]:
    """Make databases and templates; whatever is left is dropped at the end."""
    databases = Databases(postgres_server)
    yield databases
    await databases.drop_all()


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    """Return the URL of an empty database that only this test uses."""
    url = await databases.create()
    yield url
    await databases.drop(url)


@pytest.fixture(scope="session")
def vhosts(rabbitmq_server: RabbitmqServer) -> Iterator[Vhosts]:
    """Make virtual hosts; whatever is left is removed at the end."""
    vhosts = Vhosts(rabbitmq_server)
    yield vhosts
    vhosts.drop_all()


@pytest.fixture
def rabbitmq_url(vhosts: Vhosts) -> Iterator[str]:
    """Return the URL of an empty virtual host that only this test uses."""
    url = vhosts.create()
    yield url
    vhosts.drop(url)


@pytest.fixture(scope="session")
def redis_numbers(redis_server: RedisServer) -> RedisNumbers:
    """Hand out empty numbered databases."""
    return RedisNumbers(redis_server)


@pytest.fixture
def redis_url(redis_numbers: RedisNumbers) -> str:
    """Return the URL of an empty Redis database that only this test uses; channels are shared."""
    return redis_numbers.create()


@pytest.fixture(scope="session")
def buckets(s3_server: S3Server) -> Iterator[Buckets]:
    """Make buckets."""
    buckets = Buckets(s3_server)
    yield buckets
    buckets.close()


@pytest.fixture
def s3_bucket(buckets: Buckets) -> Iterator[S3Bucket]:
    """Return an empty bucket that only this test uses, with endpoint and credentials."""
    bucket = buckets.create()
    yield bucket
    buckets.drop(bucket)


@pytest.fixture(autouse=True)
def _nothing_leaves_the_machine() -> Iterator[None]:
    """Fail a test that tried to reach another machine, even when the code under test hid the refusal."""
    GUARD.attempts.clear()
    yield
    attempts, GUARD.attempts[:] = list(GUARD.attempts), []
    assert not attempts, f"the test tried to leave the machine: {attempts}"
