"""nginx with the configuration that `deploy/nginx` ships, in front of a ui-host."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.gateway.ways import LIBRARIES, debian_program
from benchmarks.registry.installed import CACHE

from support.platform_embedded import ROOT

TEMPLATE = ROOT / "deploy" / "nginx" / "ui-host.conf.template"
_AROUND = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{inside}
}}
"""
_VARIABLE = re.compile(r"\$\{([A-Z_]+)\}")


@asynccontextmanager
async def running_nginx(folder: Path, values: Mapping[str, str]) -> AsyncIterator[int]:
    """Run it inside the block; yield its port. ``values`` are the template's variables."""
    executable = await debian_program("nginx", "nginx")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    filled = {**values, "UI_HOST_LISTEN": f"127.0.0.1:{port}"}
    inside = _VARIABLE.sub(lambda match: filled[match[1]], TEMPLATE.read_text())
    configuration = folder / "nginx.conf"
    configuration.write_text(_AROUND.format(folder=folder, inside=inside))
    libraries = str(CACHE / "nginx" / "unpacked" / LIBRARIES)
    process = await asyncio.create_subprocess_exec(
        str(executable),
        *("-p", str(folder), "-c", str(configuration)),
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
    )
    try:
        while not _listens(port):
            assert process.returncode is None, (folder / "error.log").read_text()
            await asyncio.sleep(0.02)
        yield port
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
