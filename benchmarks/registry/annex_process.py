"""`python -m benchmarks.registry.annex_process`: the registry as it is deployed, over private servers.

The service itself is `annex_registry.app.running`, as `python -m annex_registry serve` runs it. Without
BUS_URL it gets the bus of the embedded platform instead of RabbitMQ.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from annex_registry.app import migrate_database, running
from annex_registry.settings import RegistrySettings
from annex_shared.http.server import serve_until_stopped
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.observability.logs import configure_logs


@asynccontextmanager
async def _service(settings: RegistrySettings) -> AsyncIterator[int]:
    async with in_process_bus() as bus, running(settings, bus=None if settings.bus_url else bus) as port:
        yield port


def main() -> None:
    settings, _ = RegistrySettings.load(os.environ)
    configure_logs(RegistrySettings.service, as_json=True)
    asyncio.run(migrate_database(os.environ["MIGRATION_DATABASE_URL"]))
    asyncio.run(serve_until_stopped(RegistrySettings.service, _service(settings)))


if __name__ == "__main__":
    main()
