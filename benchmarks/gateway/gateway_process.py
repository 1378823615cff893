"""`python -m benchmarks.gateway.gateway_process PORT [NAME=VALUE …]`: the gateway with every policy on.

PostgreSQL and Valkey are private servers of the embedded platform, the registry is the stand-in of the tests,
and calls go on to PORT. Rates are wide enough to let every call of the benchmark through; they are counted
all the same. NAME=VALUE are settings that are to be other than the defaults.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from annex_gateway.app import ensure_tenant_and_key, migrate_database, running
from annex_gateway.settings import GatewaySettings
from annex_shared.observability.logs import configure_logs
from annex_shared.permissions import Permission
from annex_standalone.servers.postgres import postgres_server
from annex_standalone.servers.valkey import valkey_server
from integration.gateway.peers import RegistryPeer, on_stage

PEPPER = "the pepper of the benchmark"
PATH = "/api/ext/acme.notes/notes"
CALLS_PER_SECOND = 1_000_000


async def serve(upstream_port: int, others: Mapping[str, str]) -> None:
    registry, key = RegistryPeer(), Ed25519PrivateKey.generate()
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-bench-")))
        key_file = home / "gateway.pem"
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        postgres = await stack.enter_async_context(postgres_server(home))
        valkey = await stack.enter_async_context(valkey_server(home))
        stage = await stack.enter_async_context(on_stage(lambda: registry.app(key.public_key())))
        await migrate_database(postgres.url)
        database_url = postgres.url_for("gateway_app")
        made = await ensure_tenant_and_key(
            database_url, PEPPER, slug="dev", permissions=frozenset(Permission)
        )
        _install(registry, str(made.tenant_id))
        settings = GatewaySettings.model_validate(
            {
                "host": "127.0.0.1",
                "port": 0,
                "database_url": database_url,
                "redis_url": valkey.url,
                "registry_url": stage.url,
                "runner_proxy_url": f"http://127.0.0.1:{upstream_port}",
                "service_key_file": key_file,
                "api_key_pepper": PEPPER,
                "rate_limit_per_second": CALLS_PER_SECOND,
                "rate_limit_burst": CALLS_PER_SECOND,
                **others,
            }
        )
        port = await stack.enter_async_context(running(settings))
        print(json.dumps({"port": port, "path": PATH, "api_key": made.api_key}), flush=True)
        await asyncio.Event().wait()


def _install(registry: RegistryPeer, tenant_id: str) -> None:
    extension_id, version_id = str(uuid4()), str(uuid4())
    registry.publish(version_id, extension_id, ("GET", "/notes"))
    registry.install(
        install_id=str(uuid4()), tenant_id=tenant_id, extension_id=extension_id, version_id=version_id
    )


def main() -> None:
    # Lines are made and written as anywhere else; where they go is nobody's measurement.
    with Path(os.devnull).open("w") as nowhere:
        configure_logs("gateway", as_json=True, stream=nowhere)
        asyncio.run(serve(int(sys.argv[1]), dict(each.split("=", 1) for each in sys.argv[2:])))


if __name__ == "__main__":
    main()
