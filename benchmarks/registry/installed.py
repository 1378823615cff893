"""Install the peers into a folder that version control ignores; what is there is not installed again."""

import shutil
import sys
from pathlib import Path

from benchmarks.programs import ROOT
from benchmarks.registry.port import NotAvailable
from benchmarks.registry.servers import ran

CACHE = ROOT / ".annex-bench" / "peers"
VERDACCIO = "6.5.2"
PYTHON_PACKAGES = ("devpi-server==6.20.3", "pypiserver[cache]==2.4.2", "waitress")
INSTALL_SECONDS = 300


def cache(name: str) -> Path:
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n")
    return folder


async def npm_package(name: str, version: str, *, overrides: str) -> Path:
    """Install a program of npm and return its folder."""
    folder = cache(name)
    target = folder / "node_modules" / name
    if not target.is_dir():
        (folder / "package.json").write_text(
            f'{{"private":true,"dependencies":{{"{name}":"{version}"}},"overrides":{overrides}}}\n'
        )
        await ran(
            "npm",
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            folder=folder,
            seconds=INSTALL_SECONDS,
        )
    return target


async def python_program(name: str) -> Path:
    """Install the peers written in Python and return the path of one of their programs."""
    folder = cache("python")
    program = folder / "bin" / name
    if not program.exists():
        await ran(sys.executable, "-m", "venv", "--clear", folder, folder=folder, seconds=INSTALL_SECONDS)
        await ran(
            folder / "bin" / "python",
            "-m",
            "pip",
            "install",
            "-q",
            *PYTHON_PACKAGES,
            folder=folder,
            seconds=INSTALL_SECONDS,
        )
    return program


async def debian_program(package: str, path: str) -> Path:
    """Unpack a Debian package, without installing it, and return the path of its program."""
    if found := shutil.which(path):
        return Path(found)
    folder = cache(package)
    program = folder / "unpacked" / "usr" / "bin" / path
    if not program.exists():
        await ran("apt-get", "download", package, folder=folder, seconds=INSTALL_SECONDS)
        archives = sorted(folder.glob("*.deb"))
        if not archives:
            raise NotAvailable(f"apt-get brought no {package}")
        await ran("dpkg", "-x", archives[-1], folder / "unpacked", folder=folder, seconds=INSTALL_SECONDS)
    return program
