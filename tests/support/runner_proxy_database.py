"""Databases with runner-proxy's schema, as its superuser and as the service sees them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from annex_runner_proxy.adapters.postgres.schema import migrate_database
from support.stack.isolation import Databases


async def _migrated(url: str) -> None:
    await migrate_database(url)


@asynccontextmanager
async def migrated_database(databases: Databases) -> AsyncIterator[str]:
    """Yield the URL of a migrated database, as its superuser."""
    url = await databases.create(await databases.template("runner-proxy", _migrated))
    try:
        yield url
    finally:
        await databases.drop(url)


def as_application(url: str) -> str:
    """Return the database as the service logs in."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"runner_proxy_app@{parts.hostname}:{parts.port}"))
