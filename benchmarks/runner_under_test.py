"""A runner-proxy over a registry that holds what a benchmark gives it; obeys one line of its input at a time.

`python -m benchmarks.runner_under_test` with the tests' support modules on the path. Orders:
`{"install": FILE, "tenant": N}`, `{"sign": INSTALL, "http": {…}, "limits": {…}}`, `{"cpu": true}`,
`{"kill": true}`. It is the service as it runs elsewhere, in one process of its own with its workers.
"""

import asyncio
import base64
import json
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import UUID

from benchmarks.bare_loop import component_of

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import TenantId
from annex_shared.service_tokens import SERVICE_TOKEN_HEADER, Caller, body_digest, request_digest
from integration.runner_proxy.platform import (
    Platform,
    an_install_record,
    bundle_of,
    execute_body,
    running_platform,
)
from integration.runner_proxy.workers import children_of

EXECUTE = "/v1/execute"
# A component of 12 MB takes a busy machine minutes to compile, and one request waits half a minute for it.
WARM_UPS, WARM_UP_MS = 8, 25_000
TICKS = os.sysconf("SC_CLK_TCK")


class Orders:
    """What the benchmark may ask; every answer is one line."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._records: list[InstallRecord] = []
        self._own_workers: set[int] = set()

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        if "install" in order:
            return await self._install(Path(order["install"]), order.get("tenant", 1))
        if "sign" in order:
            return {"request_b64": base64.b64encode(self._signed(order)).decode()}
        if "kill" in order:
            return {"killed": self._kill_a_worker()}
        return {"cpu_seconds": cpu_seconds()}

    async def _install(self, source: Path, tenant: int) -> dict[str, Any]:
        """Publish and install a component, a text of one, or a bundle, and wait until it is compiled."""
        archive = await asyncio.to_thread(_archive, source)
        content_hash = ContentHash.of(archive)
        self._platform.registry.bundles[content_hash] = archive
        record = an_install_record(
            content_hash,
            tenant_id=str(UUID(int=tenant, version=4)),
            config={"greeting": "Hello"},
            grants=["cap:http.fetch"],
        )
        self._platform.registry.put(record)
        states = [await self._state(record)]
        while states[-1] != "ready" and len(states) < WARM_UPS:
            states.append(await self._state(record))
        if states[-1] != "ready":
            raise RuntimeError(f"{source} is not ready but {states[-1]}")
        self._records.append(record)
        return {"install": len(self._records) - 1}

    async def _state(self, record: InstallRecord) -> str:
        answer = await self._platform.warm_up(record, wait_ms=WARM_UP_MS)
        return str(answer.json().get("state"))

    def _signed(self, order: dict[str, Any]) -> bytes:
        """Write the request as the gateway would send it; its token is good for 30 seconds."""
        record = self._records[order["sign"]]
        http = dict(order.get("http", {}))
        if "body_b64" not in http and "body_bytes" in http:
            http["body_b64"] = base64.b64encode(bytes(http.pop("body_bytes"))).decode()
        body = json.dumps(execute_body(record, limits=order.get("limits", {}), **http)).encode()
        caller = Caller("benchmark", TenantId(UUID(record.tenant_id)))
        token = self._platform.client.tokens.issue(
            caller, audience="runner-proxy", request=request_digest("POST", EXECUTE, body_digest(body))
        )
        head = [
            f"POST {EXECUTE} HTTP/1.1",
            "host: 127.0.0.1",
            "content-type: application/json",
            f"{SERVICE_TOKEN_HEADER}: {token}",
            f"content-length: {len(body)}",
        ]
        return "\r\n".join([*head, "", ""]).encode() + body

    def _kill_a_worker(self) -> int:
        pid = min(children_of(os.getpid()))
        os.kill(pid, signal.SIGKILL)
        return pid


def _archive(source: Path) -> bytes:
    if source.name.endswith(".tar.zst"):
        return bundle_of(component_of(source))
    if source.suffix == ".wat":
        from support.guests import guest_wasm  # noqa: PLC0415 - it needs the WebAssembly text tools

        return bundle_of(guest_wasm(source.stem))
    return bundle_of(source.read_bytes())


def cpu_seconds() -> float:
    """Add up what this process, its workers and those already replaced have used."""
    ticks = 0
    for pid in (os.getpid(), *children_of(os.getpid())):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11 : 15 if pid == os.getpid() else 13])
    return ticks / TICKS


async def serve(lines: IO[str], answers: IO[str], *, workers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="annex-bench-") as folder:
        async with running_platform(
            Path(folder),
            workers=workers,
            warm_wait_seconds=170,
            max_timeout_ms=60_000,
            compile_at_once=1,
            queue_max_wait_seconds=55,
        ) as platform:
            orders = Orders(platform)
            _say(answers, {"port": urlsplit(platform.client.base_url).port})
            while line := await asyncio.to_thread(lines.readline):
                _say(answers, await orders.obey(json.loads(line)))


def _say(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def main() -> None:
    # Log lines go where a collector would take them from; standard output is for answers.
    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    asyncio.run(serve(sys.stdin, answers, workers=len(os.sched_getaffinity(0))))


if __name__ == "__main__":
    main()
