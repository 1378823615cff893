"""Resolve the workspace and export the hash-pinned locks; no lock names an index host or a local path."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
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
# What each image installs: a service's part of requirements.lock, with the same versions.
SERVICES = ("registry", "gateway", "runner-proxy", "ui-host")
IMAGE_TOOLS = ("uv", "hatchling", "cyclonedx-bom")
COMPILE = [
    str(UV), "pip", "compile", "--generate-hashes", "--universal", "--python-version", "3.11",
    "--no-header", "--no-annotate", "--quiet", "-c", "requirements.lock",
]  # fmt: skip
ADDRESS = re.compile(r"https?://|file:|index-url|find-links")


def main() -> int:
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    subprocess.run([UV, "lock", "--upgrade"], check=True, cwd=ROOT, env=environment)
    for name, command, said in commands():
        subprocess.run(
            [*command, "-o", name],
            check=True,
            cwd=ROOT,
            env=environment,
            input=said,
            text=True,
            stdout=subprocess.DEVNULL,
        )
        addresses = [line for line in (ROOT / name).read_text().splitlines() if ADDRESS.search(line)]
        if addresses:
            print(f"error: {name} names an address: {addresses[0]}", file=sys.stderr)
            return 1
        print(f"wrote {name}")
    return 0


def commands() -> Iterator[tuple[str, list[str], str]]:
    """Yield each lock with the command that writes it and what that reads from standard input."""
    for name, options in EXPORTS.items():
        yield name, [*EXPORT, *options], ""
    for service in SERVICES:
        member = f"services/{service}"
        yield (
            f"{member}/requirements.lock",
            [*COMPILE, "--no-emit-package", "annex-shared", f"{member}/pyproject.toml"],
            "",
        )
    yield (
        "requirements-image.lock",
        [*COMPILE, "-c", "requirements-bootstrap.lock", "-"],
        "\n".join(IMAGE_TOOLS),
    )


if __name__ == "__main__":
    sys.exit(main())
