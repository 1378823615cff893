"""The packages under web/ by their own tools: formatter, linter, types, tests that need no browser."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SECONDS = 300


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("verb", ["check", "test"])
def test_the_browser_packages_pass(verb: str) -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/web.py", verb],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

    assert ran.returncode == 0, f"{ran.stdout[-6000:]}{ran.stderr[-2000:]}"
