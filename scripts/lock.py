"""Resolve the workspace and export the hash-pinned locks; no lock names an index host or a local path."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
EXPORT = [
    str(UV), "export", "--all-packages", "--no-emit-workspace", "--no-header", "--no-annotate", "--quiet",
]  # fmt: skip
EXPORTS = {
    "requirements.lock": ["--no-dev", "--group", "build"],
    "requirements-dev.lock": ["--group", "build", "--group", "dev"],
}
ADDRESS = re.compile(r"https?://|file:|index-url|find-links")


def main() -> int:
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    subprocess.run([UV, "lock", "--upgrade"], check=True, cwd=ROOT, env=environment)
    for name, options in EXPORTS.items():
        subprocess.run(
            [*EXPORT, *options, "-o", name], check=True, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
        addresses = [line for line in (ROOT / name).read_text().splitlines() if ADDRESS.search(line)]
        if addresses:
            print(f"error: {name} names an address: {addresses[0]}", file=sys.stderr)
            return 1
        print(f"wrote {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
