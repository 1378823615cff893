"""What is written or packed from web/ and shared/wit is of the present sources."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["runtime_types.py", "--check"], id="types of the runtime"),
        pytest.param(["vendor.py", "--check"], id="packages of the templates"),
        pytest.param(
            ["build_hello.py", "--check", "--directory", "examples/ticket-summary"], id="ticket-summary"
        ),
    ],
)
def test_it_is_fresh(command: list[str]) -> None:
    script, *arguments = command

    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
