"""What `make run` finds missing is said before anything is downloaded or made."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("scripts/bootstrap.py", "requirements.lock", "requirements-dev.lock", "requirements-bootstrap.lock")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder that has what a fresh clone has, as far as the first step looks at it."""
    for name in NEEDED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_a_port_in_use_is_named_before_the_environment_is_made(clone: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "scripts/bootstrap.py", "runtime"],
            check=False,
            cwd=clone,
            env={**os.environ, "ANNEX_GATEWAY_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    said = f"error: Port {port} cannot be used. Free it or run `ANNEX_GATEWAY_PORT=0 make run`.\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)
    assert not (clone / ".venv").exists()
