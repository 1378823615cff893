"""What images hold, made by the same step as theirs: the same each time, and able to run the platform."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.platform.processes import IMAGES

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("registry", "gateway", "runner-proxy", "ui-host")
INSTALL_SECONDS = 600
SUITE_SECONDS = 900

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]


def installed(service: str, target: Path) -> None:
    step = [sys.executable, str(ROOT / "deploy" / "images" / "install.py"), service, str(target)]
    subprocess.run(step, check=True, timeout=INSTALL_SECONDS)


def contents(folder: Path) -> Iterator[tuple[str, float, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(folder)), path.stat().st_mtime, path.read_bytes()


def test_the_same_sources_give_the_same_files(tmp_path: Path) -> None:
    installed("ui-host", tmp_path / "image")
    (tmp_path / "image").rename(tmp_path / "first")
    installed("ui-host", tmp_path / "image")

    differing = [
        one[0]
        for one, two in zip(contents(tmp_path / "first"), contents(tmp_path / "image"), strict=True)
        if one != two
    ]
    assert differing == []
    bill = json.loads((tmp_path / "image" / "sbom.json").read_bytes())
    assert {"aiohttp", "annex-ui-host"} <= {one["name"] for one in bill["components"]}
    assert not (tmp_path / "image" / "bin" / "pip").exists()


def test_the_platform_runs_from_what_images_hold(tmp_path: Path) -> None:
    for service in SERVICES:
        installed(service, tmp_path / service)
    suite = [sys.executable, "-m", "pytest", "-q", "tests/e2e/test_platform_on_real_servers.py"]

    ran = subprocess.run(
        suite,
        check=False,
        cwd=ROOT,
        env={**os.environ, IMAGES: str(tmp_path)},
        timeout=SUITE_SECONDS,
        capture_output=True,
        text=True,
    )

    assert ran.returncode == 0, ran.stdout[-4000:]
