"""The ways from the load to the upstream: directly, through proxies plain and naive, through Annex."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gateway import upstream
from benchmarks.programs import ROOT, Program, program
from benchmarks.registry.installed import CACHE, INSTALL_SECONDS, cache
from benchmarks.registry.port import NotAvailable
from benchmarks.registry.servers import free_port, ran

START_SECONDS = 120
LISTEN_SECONDS = 20
TITLE = "Annex, every policy on"
EXECUTE = "/v1/execute"
# Of the size that the gateway sends for the call that is measured.
EXECUTE_BODY = b'{"context":"' + b"x" * 1000 + b'"}'
# Debian's haproxy is linked with it; an unpacked package brings no libraries along.
HAPROXY_LIBRARIES = ("libopentracing-c-wrapper0", "libopentracing1", "liblua5.3-0")
LIBRARIES = Path("usr/lib") / f"{os.uname().machine}-linux-gnu"

NGINX = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream stub {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://stub;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""
HAPROXY = """\
global
    nbthread 1
    maxconn 1024
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option http-keep-alive
    http-reuse always
frontend front
    bind 127.0.0.1:{port}
    default_backend stub
backend stub
    server one 127.0.0.1:{upstream}
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the upstream; ``pid`` is the process that is measured, None where nothing stands between."""

    key: str
    title: str
    port: int
    request: bytes
    expected: bytes
    pid: int | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A peer that cannot be had here, and why."""

    title: str
    reason: str


Opened = tuple[list[Way], list[Missing]]


def open_ways(stack: ExitStack, *, upstream_core: int | None, measured_core: int | None) -> Opened:
    """Start everything that stands in a way; the measured ones each have the same core to themselves."""
    stub = stack.enter_context(program("the upstream", "-m", "benchmarks.gateway.upstream"))
    port = int(stub.read(seconds=START_SECONDS)["port"])
    pin(stub.process.pid, upstream_core)
    ways = [Way("direct", "directly", port, plain_request(), upstream.answer_body(), None)]
    missing: list[Missing] = []
    for title, open_peer in (("nginx", nginx), ("haproxy", haproxy)):
        try:
            ways.append(stack.enter_context(open_peer(port)))
        except NotAvailable as reason:
            missing.append(Missing(title, str(reason)))
    ways += [stack.enter_context(naive(port)), stack.enter_context(annex(port))]
    for way in ways:
        if way.pid is not None:
            pin(way.pid, measured_core)
    return ways, missing


def pin(pid: int, core: int | None) -> None:
    """Keep a process, all threads of it, on one core."""
    if core is not None:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})


@contextmanager
def nginx(upstream_port: int) -> Iterator[Way]:
    executable = asyncio.run(debian_program("nginx", "nginx"))
    with _configured(
        "nginx", NGINX, upstream_port, lambda file: [str(executable), "-p", str(file.parent), "-c", str(file)]
    ) as way:
        yield way


@contextmanager
def haproxy(upstream_port: int) -> Iterator[Way]:
    executable = asyncio.run(debian_program("haproxy", "haproxy", *HAPROXY_LIBRARIES))
    with _configured(
        "haproxy", HAPROXY, upstream_port, lambda file: [str(executable), "-db", "-f", str(file)]
    ) as way:
        yield way


@contextmanager
def naive(upstream_port: int) -> Iterator[Way]:
    with program("the naive proxy", "-m", "benchmarks.gateway.naive_proxy", str(upstream_port)) as process:
        port = int(process.read(seconds=START_SECONDS)["port"])
        yield _plain("naive", "naive aiohttp proxy, no policies", port, process)


@contextmanager
def annex(upstream_port: int, *others: str, key: str = "annex", title: str = TITLE) -> Iterator[Way]:
    """Start the gateway; ``others`` are settings as `name=value`."""
    path = os.pathsep.join(filter(None, [str(ROOT / "tests"), os.environ.get("PYTHONPATH")]))
    with program(
        "the gateway",
        *("-m", "benchmarks.gateway.gateway_process", str(upstream_port), *others),
        environment={"PYTHONPATH": path},
    ) as process:
        facts = process.read(seconds=START_SECONDS)
        head = [
            f"GET {facts['path']} HTTP/1.1",
            "host: 127.0.0.1",
            "user-agent: annex-benchmark",
            "accept: */*",
            f"x-api-key: {facts['api_key']}",
        ]
        request = "\r\n".join([*head, "", ""]).encode()
        guest_body = b"x" * upstream.BODY_BYTES
        yield Way(key, title, int(facts["port"]), request, guest_body, process.process.pid)


def plain_request() -> bytes:
    head = [
        f"POST {EXECUTE} HTTP/1.1",
        "host: 127.0.0.1",
        "user-agent: annex-benchmark",
        "accept: */*",
        "content-type: application/json",
        f"content-length: {len(EXECUTE_BODY)}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + EXECUTE_BODY


def _plain(key: str, title: str, port: int, process: Program) -> Way:
    return Way(key, title, port, plain_request(), upstream.answer_body(), process.process.pid)


@contextmanager
def _configured(
    name: str, configuration: str, upstream_port: int, command: Callable[[Path], list[str]]
) -> Iterator[Way]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="annex-bench-") as folder:
        file = Path(folder) / f"{name}.conf"
        file.write_text(configuration.format(folder=folder, port=port, upstream=upstream_port))
        executable, *arguments = command(file)
        libraries = os.pathsep.join(
            filter(None, [str(CACHE / name / "unpacked" / LIBRARIES), os.environ.get("LD_LIBRARY_PATH")])
        )
        environment = {"LD_LIBRARY_PATH": libraries}
        with program(name, *arguments, executable=executable, environment=environment) as process:
            wait_for(port, process)
            yield _plain(name, f"{name} as a plain proxy", port, process)


def wait_for(port: int, process: Program) -> None:
    """Wait until a server listens. Raises NotAvailable."""
    for _ in range(LISTEN_SECONDS * 20):
        if process.process.poll() is not None:
            raise NotAvailable(f"ended with code {process.process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NotAvailable(f"did not listen within {LISTEN_SECONDS} s")


async def debian_program(package: str, name: str, *libraries: str) -> Path:
    """Find a program, or unpack its Debian package and what it is linked with. Raises NotAvailable."""
    if found := shutil.which(name) or shutil.which(f"/usr/sbin/{name}"):
        return Path(found)
    folder = cache(package)
    executable = folder / "unpacked" / "usr" / "sbin" / name
    if not executable.exists():
        await ran("apt-get", "download", package, *libraries, folder=folder, seconds=INSTALL_SECONDS)
        for archive in sorted(folder.glob("*.deb")):
            await ran("dpkg", "-x", archive, folder / "unpacked", folder=folder, seconds=INSTALL_SECONDS)
    if not executable.exists():
        raise NotAvailable(f"the package {package} holds no {name}")
    return executable


def version_of(way: Way) -> str:
    """Ask a peer for its version, for the table's notes; nothing where it has none of its own."""
    if way.key not in {"nginx", "haproxy"} or way.pid is None:
        return ""
    executable = Path(f"/proc/{way.pid}/exe").resolve()
    libraries = str(CACHE / way.key / "unpacked" / LIBRARIES)
    told = subprocess.run(
        [executable, "-v"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
    )
    return (told.stdout + told.stderr).strip().partition("\n")[0]
