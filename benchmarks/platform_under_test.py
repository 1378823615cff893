"""The embedded platform as `make run` starts it, in a data directory of its own, and how it is asked."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.programs import program

from annex_cli.platform_client import platform_client
from annex_shared.clock import SystemClock
from annex_shared.contracts.execute import ExecuteContext, ExecuteHttp, ExecuteLimits, ExecuteRequest
from annex_shared.contracts.installs import InstallView
from annex_shared.ids import TenantId, parse_uuid
from annex_shared.permissions import Permission
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    Caller,
    ServiceTokenIssuer,
    body_digest,
    load_service_key,
    request_digest,
)

FREE_PORTS = dict.fromkeys(
    ("ANNEX_GATEWAY_PORT", "ANNEX_REGISTRY_PORT", "ANNEX_RUNNER_PROXY_PORT", "ANNEX_UI_HOST_PORT"), "0"
)
START_SECONDS = 120
QUERY = {"name": "bench"}
EXECUTE = "/v1/execute"
_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class PlatformUnderTest:
    """A running platform with the sample installed."""

    facts: dict[str, Any]
    install: InstallView
    tokens: ServiceTokenIssuer

    @property
    def gateway_port(self) -> int:
        return _port(self.facts["gateway_url"])

    @property
    def runner_proxy_port(self) -> int:
        return _port(self.facts["runner_proxy_url"])

    def gateway_request(self) -> bytes:
        path = urlsplit(self.facts["hello_url"]).path
        return _http("GET", f"{path}?name={QUERY['name']}", {"x-api-key": self.facts["api_key"]}, b"")

    def execute_request(self) -> bytes:
        """Write what the gateway would send; its token is good for this very request, for 30 seconds."""
        body = self._execution().model_dump_json(exclude_none=True).encode()
        token = self.tokens.issue(
            Caller(
                "benchmark",
                TenantId(parse_uuid(self.facts["tenant_id"], field="tenant_id")),
                frozenset({Permission.EXTENSION_READ}),
            ),
            audience="runner-proxy",
            request=request_digest("POST", EXECUTE, body_digest(body)),
        )
        return _http("POST", EXECUTE, {"content-type": "application/json", SERVICE_TOKEN_HEADER: token}, body)

    def _execution(self) -> ExecuteRequest:
        install, tenant_id = self.install, self.facts["tenant_id"]
        headers = {
            "accept": "*/*",
            "user-agent": "annex-benchmark",
            "x-alga-tenant": tenant_id,
            "x-alga-extension": install.extension_id,
        }
        return ExecuteRequest(
            context=ExecuteContext(
                tenant_id=tenant_id,
                extension_id=install.extension_id,
                install_id=install.install_id,
                version_id=install.version_id,
                content_hash=install.content_hash,
            ),
            http=ExecuteHttp(
                method="GET",
                path="/hello",
                query=QUERY,
                query_list=list(QUERY.items()),
                headers=headers,
                headers_list=list(headers.items()),
            ),
            limits=ExecuteLimits(timeout_ms=_TIMEOUT_MS),
        )


@contextmanager
def embedded_platform(home: Path) -> Iterator[PlatformUnderTest]:
    """Start `annex_standalone run` over ``home``; it publishes, installs and calls the sample by itself."""
    environment = {"ANNEX_HOME": str(home), **FREE_PORTS}
    with program("the platform", "-m", "annex_standalone", "run", environment=environment) as platform:
        platform.read(seconds=START_SECONDS)
        facts = json.loads((home / "dev.json").read_text())
        key = load_service_key((home / "keys" / "gateway.pem").read_bytes())
        yield PlatformUnderTest(
            facts, asyncio.run(_installed(facts)), ServiceTokenIssuer("gateway", key, SystemClock())
        )


async def _installed(facts: dict[str, Any]) -> InstallView:
    async with platform_client(facts["gateway_url"], facts["api_key"]) as client:
        return (await client.installs()).items[0]


def _http(method: str, target: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [
        f"{method} {target} HTTP/1.1",
        "host: 127.0.0.1",
        "user-agent: annex-benchmark",
        "accept: */*",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"content-length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _port(url: str) -> int:
    return urlsplit(url).port or 80
