"""The servers beside each other: nginx, aiohttp's static files, the ui-host both ways."""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli
from benchmarks.gateway.ways import LIBRARIES, Missing, debian_program, pin, wait_for
from benchmarks.programs import ROOT, program
from benchmarks.registry.installed import CACHE
from benchmarks.registry.port import NotAvailable
from benchmarks.registry.servers import free_port
from benchmarks.ui_host.files import FILES

START_SECONDS = 120
NGINX = """\
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    open_file_cache max=1000;
    open_file_cache_valid 1h;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/javascript js; }}
    server {{
        listen 127.0.0.1:{port};
        root {files};
        add_header Cache-Control "public, max-age=31536000, immutable";
        location ~ \\.br$ {{
            types {{ text/javascript br; }}
            add_header Content-Encoding br;
            add_header Vary Accept-Encoding;
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """One server. ``coded_suffix`` is what a file's name ends with where a variant has a name of its own."""

    key: str
    title: str
    port: int
    base: str
    pid: int
    coded_suffix: str = ""


def open_servers(stack: ExitStack, *, core: int | None) -> tuple[list[Server], list[Missing]]:
    """Start everything; each has the same core to itself."""
    files = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="annex-bench-files-")))
    for name, body in FILES.items():
        (files / name).write_bytes(body)
        (files / f"{name}.br").write_bytes(brotli.compress(body))
    missing: list[Missing] = []
    servers: list[Server] = []
    try:
        servers.append(stack.enter_context(nginx(files)))
    except NotAvailable as reason:
        missing.append(Missing("nginx", str(reason)))
    servers.append(stack.enter_context(aiohttp_static(files)))
    servers.append(stack.enter_context(ui_host("ui_host", "ui-host, as it is set up by default")))
    servers.append(stack.enter_context(ui_host("short_way", "ui-host, FAST_PATH=true", "fast_path=true")))
    for server in servers:
        pin(server.pid, core)
    return servers, missing


@contextmanager
def nginx(files: Path) -> Iterator[Server]:
    executable = asyncio.run(debian_program("nginx", "nginx"))
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="annex-bench-") as folder:
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=port, files=files))
        libraries = str(CACHE / "nginx" / "unpacked" / LIBRARIES)
        arguments = ("-p", folder, "-c", str(configuration))
        environment = {"LD_LIBRARY_PATH": libraries}
        with program("nginx", *arguments, executable=str(executable), environment=environment) as process:
            wait_for(port, process)
            yield Server("nginx", "nginx, sendfile", port, "", process.process.pid, coded_suffix=".br")


@contextmanager
def aiohttp_static(files: Path) -> Iterator[Server]:
    with program("aiohttp static", "-m", "benchmarks.ui_host.aiohttp_static", str(files)) as process:
        port = int(process.read(seconds=START_SECONDS)["port"])
        yield Server("aiohttp", "aiohttp static files", port, "", process.process.pid)


@contextmanager
def ui_host(key: str, title: str, *settings: str) -> Iterator[Server]:
    path = os.pathsep.join(filter(None, [str(ROOT / "tests"), os.environ.get("PYTHONPATH")]))
    arguments = ("-m", "benchmarks.ui_host.ui_host_process", *settings)
    with program(title, *arguments, environment={"PYTHONPATH": path}) as process:
        facts = process.read(seconds=START_SECONDS)
        yield Server(key, title, int(facts["port"]), facts["base"], process.process.pid)
