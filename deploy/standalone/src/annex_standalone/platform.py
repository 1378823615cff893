"""Start the private servers, bring the schemas up to date, and run the four services in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import annex_gateway.app
import annex_registry.app
import annex_runner_proxy.app
import annex_ui_host.app
from annex_gateway.settings import GatewaySettings
from annex_registry.settings import RegistrySettings
from annex_runner_proxy.adapters.postgres.schema import migrate_database as migrate_runner_proxy
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.messaging.in_process import in_process_bus
from annex_standalone.environments import (
    Stores,
    gateway_environment,
    registry_environment,
    runner_proxy_environment,
    ui_host_environment,
)
from annex_standalone.errors import ServerEnded
from annex_standalone.home import Home
from annex_standalone.keys import Keys
from annex_standalone.ports import Ports
from annex_standalone.progress import Progress
from annex_standalone.servers.postgres import postgres_server
from annex_standalone.servers.valkey import valkey_server
from annex_ui_host.settings import UiHostSettings


@asynccontextmanager
async def running_platform(
    home: Home, ports: Ports, keys: Keys, progress: Progress, *, private_egress_hosts: str = ""
) -> AsyncIterator[Stores]:
    """Run everything for the length of the block; what was started is stopped in reverse, also on failure.

    ``private_egress_hosts`` are those of the developer's own machine that extensions may call.
    """
    async with AsyncExitStack() as stack:
        stores = await _start_stores(stack, home)
        progress.done("database", "PostgreSQL and Valkey answer")
        registry, _ = RegistrySettings.load(registry_environment(home, ports, keys, stores))
        gateway, _ = GatewaySettings.load(gateway_environment(ports, keys, stores))
        runner_proxy, _ = RunnerProxySettings.load(
            runner_proxy_environment(home, ports, keys, stores, private_egress_hosts=private_egress_hosts)
        )
        ui_host, _ = UiHostSettings.load(ui_host_environment(ports, keys))
        await annex_registry.app.migrate_database(stores.migration_database_url)
        await annex_gateway.app.migrate_database(stores.migration_database_url)
        await migrate_runner_proxy(stores.migration_database_url)
        bus = await stack.enter_async_context(in_process_bus())
        # The registry first: the others fill their projections from it.
        await stack.enter_async_context(annex_registry.app.running(registry, bus=bus))
        await stack.enter_async_context(annex_runner_proxy.app.running(runner_proxy, bus=bus))
        await stack.enter_async_context(annex_ui_host.app.running(ui_host, bus=bus))
        await stack.enter_async_context(annex_gateway.app.running(gateway, bus=bus))
        progress.done("services", "registry, runner-proxy, ui-host and gateway are up")
        yield stores


async def _start_stores(stack: AsyncExitStack, home: Home) -> Stores:
    postgres = await stack.enter_async_context(postgres_server(home.path))
    valkey = await stack.enter_async_context(valkey_server(home.path))
    await stack.enter_async_context(_watched({"PostgreSQL": postgres.ended, "Valkey": valkey.ended}))
    return Stores(
        registry_database_url=postgres.url_for("registry_app"),
        gateway_database_url=postgres.url_for("gateway_app"),
        runner_proxy_database_url=postgres.url_for("runner_proxy_app"),
        migration_database_url=postgres.url,
        redis_url=valkey.url,
    )


@asynccontextmanager
async def _watched(ended: Mapping[str, Callable[[], Awaitable[int]]]) -> AsyncIterator[None]:
    """End the block when a private server ends before it; services without their stores help nobody."""
    async with asyncio.TaskGroup() as watching:
        watchers = [watching.create_task(_fail_with(name, wait)) for name, wait in ended.items()]
        yield
        for watcher in watchers:
            watcher.cancel()


async def _fail_with(name: str, ended: Callable[[], Awaitable[int]]) -> None:
    status = await ended()
    raise ServerEnded(
        f"{name} ended unexpectedly (status {status}); the platform stopped with it. Data stays."
    )
