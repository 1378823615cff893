"""New projects from the templates, with the packages of all of them installed once per machine."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from annex_cli.scaffolding import Choice, project_files, template_named, write_project
from annex_shared.names import ExtensionName, PublisherSlug

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
_CACHE = ROOT / ".cache" / "templates"
_INSTALL_SECONDS = 150
_RUN_SECONDS = 120


def files_of(
    template: str, language: str, *, name: str = "sample", publisher: str = "acme"
) -> dict[str, bytes]:
    choice = Choice(ExtensionName(name), PublisherSlug(publisher), template_named(template), language)
    return project_files(choice)


def new_project(folder: Path, template: str, language: str, *, publisher: str) -> Path:
    """Write a project whose packages are installed already."""
    name = f"{template}-{language}"
    write_project(
        folder / name, files_of(template, language, name=name, publisher=publisher), may_replace=False
    )
    if language != "py":
        (folder / name / "node_modules").symlink_to(installed())
    return folder / name


@cache
def installed() -> Path:
    """Install what the largest template names, which is what all of them need; return its node_modules."""
    files = files_of("full", "ts")
    wanted = {name: files[name] for name in files if name == "package.json" or name.startswith("vendor/")}
    digest = hashlib.sha256(b"".join(wanted[name] for name in sorted(wanted))).hexdigest()[:16]
    place = _CACHE / digest
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "installed").exists():
            shutil.rmtree(place, ignore_errors=True)
            write_project(place, wanted, may_replace=True)
            run("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", folder=place)
            (place / "installed").touch()
    return place / "node_modules"


def run(*command: str, folder: Path, **more: str) -> str:
    """Run a program of the development environment; return what it printed."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
        timeout=_INSTALL_SECONDS if command[:2] == ("npm", "install") else _RUN_SECONDS,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(**more: str) -> dict[str, str]:
    """Return what the tools need to find each other and the registries, and nothing of annex.

    A test has a home of its own for annex; npm and pip are told where the person's settings are.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANNEX_")}
    path = f"{TOOLS}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**_settings_of_tools(), **kept, "PATH": path, **more}


def _settings_of_tools() -> dict[str, str]:
    places = {
        "NPM_CONFIG_USERCONFIG": Path.home() / ".npmrc",
        "NPM_CONFIG_CACHE": Path.home() / ".npm",
        "PIP_CONFIG_FILE": Path.home() / ".config" / "pip" / "pip.conf",
    }
    return {name: str(place) for name, place in places.items() if place.exists()}
