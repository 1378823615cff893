"""Bring the whole platform up on given servers, and take it down so that nothing is left."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.platform.environments import HOST, Backing, ServicePorts, environments
from support.platform.keys import SERVICES, PlatformKeys, make_keys
from support.platform.processes import ServiceProcess, run_command
from support.stack.ports import Ports
from support.stack.processes import KEPT_VARIABLES


@dataclass(frozen=True, slots=True)
class FirstKey:
    """What `annex_gateway bootstrap` printed: a tenant and the one sight of an API key."""

    tenant_id: str
    principal_id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Platform:
    """Four running services and what stands behind them."""

    backing: Backing
    keys: PlatformKeys
    admin: FirstKey
    services: dict[str, ServiceProcess]

    async def kill_and_start_again(self, name: str) -> None:
        """Kill a service without a warning; return once it is up again."""
        await self.services[name].kill()
        self.services[name] = again = await self.services[name].started_again()
        await again.wait_until_ready()

    @asynccontextmanager
    async def without(self, name: str) -> AsyncIterator[None]:
        """Stop a service for the time of the block, and start it again as it was."""
        service = self.services[name]
        faults = await service.stop()
        assert not faults, faults
        try:
            yield
        finally:
            self.services[name] = again = await service.started_again()
            await again.wait_until_ready()

    @property
    def gateway_url(self) -> str:
        return self.services["gateway"].url

    @property
    def registry_url(self) -> str:
        return self.services["registry"].url

    @property
    def runner_proxy_url(self) -> str:
        return self.services["runner-proxy"].url

    @property
    def ui_host_url(self) -> str:
        return self.services["ui-host"].url

    def log_lines(self, *levels: str) -> list[dict[str, Any]]:
        """Collect what any service logged at these levels."""
        return [
            {"service": service.name, **line}
            for service in self.services.values()
            for line in service.log()
            if line.get("level") in levels
        ]


@asynccontextmanager
async def running_platform(
    directory: Path, backing: Backing, *, repair_seconds: float
) -> AsyncIterator[Platform]:
    """Migrate, bootstrap and serve, inside the block; afterwards insist that every service stopped well.

    ``repair_seconds`` is how soon the services make up for events they missed.
    """
    take = Ports().take
    ports = ServicePorts(registry=take(), gateway=take(), runner_proxy=take(), ui_host=take())
    for name in ("keys", *SERVICES):
        (directory / name).mkdir(mode=0o700)
    keys = make_keys(directory / "keys")
    by_service = environments(directory, ports, keys, backing, repair_seconds=repair_seconds)
    admin = await _prepare(by_service, backing)
    urls = {
        "registry": f"http://{HOST}:{ports.registry}",
        "runner-proxy": f"http://{HOST}:{ports.runner_proxy}",
        "ui-host": f"http://{HOST}:{ports.ui_host}",
        "gateway": f"http://{HOST}:{ports.gateway}",
    }
    services: dict[str, ServiceProcess] = {}
    try:
        for name, url in urls.items():
            services[name] = await ServiceProcess.start(
                name, url, directory=directory / name, environment=by_service[name]
            )
        await asyncio.gather(*(service.wait_until_ready() for service in services.values()))
        yield Platform(backing, keys, admin, services)
    finally:
        faults = await _stop(reversed(services.values()))
    assert not faults, faults


async def _prepare(by_service: Mapping[str, Mapping[str, str]], backing: Backing) -> FirstKey:
    """Run what a deployment runs before its services: migrations, then the first tenant and key."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    migrating = {**kept, "MIGRATION_DATABASE_URL": backing.database_url}
    await asyncio.gather(
        *(
            run_command(service, "migrate", environment={**migrating, **by_service[service]})
            for service in ("registry", "gateway", "runner-proxy")
        )
    )
    printed = await run_command(
        "gateway",
        "bootstrap",
        "--print-key",
        "--tenant-slug",
        "operators",
        "--principal",
        "operator",
        environment={**kept, **by_service["gateway"]},
    )
    facts = json.loads(printed)
    return FirstKey(facts["tenant_id"], facts["principal_id"], facts["api_key"])


async def _stop(services: Iterable[ServiceProcess]) -> list[str]:
    """Stop one after another, the public edge first; a fault of one does not spare the others."""
    faults: list[str] = []
    for service in services:
        faults += await service.stop()
    return faults
