"""Make .venv from the hash-pinned locks; needs python3 with venv and nothing else.

usage: python3 scripts/bootstrap.py runtime|dev
"""

import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCKS = {"runtime": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}
BOOTSTRAP_LOCK = ROOT / "requirements-bootstrap.lock"
MEMBERS = sorted(
    path.parent
    for pattern in ("shared", "cli", "services/*", "deploy/standalone", "deploy/witness")
    for path in ROOT.glob(f"{pattern}/pyproject.toml")
)
OLDEST_PYTHON = (3, 11)
FREE_BYTES = 1_500_000_000
# The platform checks its ports again and names who holds one; this only spares a first download in vain.
PORTS = {
    "ANNEX_GATEWAY_PORT": 8080,
    "ANNEX_REGISTRY_PORT": 8081,
    "ANNEX_RUNNER_PROXY_PORT": 8082,
    "ANNEX_UI_HOST_PORT": 8083,
}
# An interpreter that is there, never a downloaded one; the machine's own certificates, also behind a proxy.
ENVIRONMENT = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}


def main(kind: str) -> int:
    started = time.monotonic()
    mistake = missing_prerequisite()
    if mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 2
    stamp = VENV / f".installed-{kind}"
    wanted = fingerprint(kind)
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    mistake = busy_port() if kind == "runtime" else None
    if mistake:
        print(f"error: {mistake}", file=sys.stderr)
        return 1
    say(started, "check", f"Python {sys.version.split()[0]}, {shutil.disk_usage(ROOT).free // 10**9} GB free")
    say(started, "dependencies", f"installing into {VENV.name} from {LOCKS[kind].name}")
    if not PYTHON.exists():
        venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)
    try:
        install(kind)
    except subprocess.CalledProcessError as error:
        print(error.stderr or "", file=sys.stderr)
        print(
            "error: The dependencies could not be installed. Are you offline? Nothing else was changed.",
            file=sys.stderr,
        )
        return 9
    stamp.write_text(wanted)
    if kind == "dev":  # the development lock holds everything the runtime lock does
        (VENV / ".installed-runtime").write_text(fingerprint("runtime"))
    say(started, "dependencies", "ready")
    return 0


def missing_prerequisite() -> str | None:
    """Name the first thing that is missing and the command that adds it, before minutes go into downloads."""
    if sys.version_info < OLDEST_PYTHON:
        return f"Python 3.11 or newer is needed; python3 is {sys.version.split()[0]}."
    if importlib.util.find_spec("ensurepip") is None:
        return "Python's venv module is incomplete. Install it: apt-get install -y python3-venv"
    if sys.platform != "linux":
        return "Annex runs on Linux; Debian 12 is what it is tested on."
    if not os.access(ROOT, os.W_OK):
        return f"{ROOT} is not writable; the environment is made in {ROOT / '.venv'}."
    free = shutil.disk_usage(ROOT).free
    if not VENV.exists() and free < FREE_BYTES:
        return (
            f"{free // 1_000_000} MB are free under {ROOT}; 1500 MB are needed for the environment and data."
        )
    return None


def busy_port() -> str | None:
    for name, default in PORTS.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            port = os.environ.get(name, str(default))
            try:
                probe.bind(("127.0.0.1", int(port)))
            except (OSError, ValueError, OverflowError):
                return f"Port {port} cannot be used. Free it or run `{name}=0 make run`."
    return None


def fingerprint(kind: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in (BOOTSTRAP_LOCK, LOCKS[kind], *(member / "pyproject.toml" for member in MEMBERS)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def install(kind: str) -> None:
    """Install the lock with uv, or with pip where uv finds no index; hashes are required either way."""
    locked = ["--require-hashes", "-r", str(LOCKS[kind])]
    editable = ["--no-deps", "--no-build-isolation"]
    for member in MEMBERS:
        editable += ["-e", str(member)]
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(BOOTSTRAP_LOCK)])
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    for what in (locked, editable):
        try:
            run([*uv, *what])
        except subprocess.CalledProcessError:
            run([*pip, *what])


def run(command: list[str]) -> None:
    # Not in our folder: uv would take the constraints of pyproject.toml for requirements without a hash.
    subprocess.run(command, check=True, cwd=ROOT.anchor, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)


def say(started: float, subject: str, text: str) -> None:
    print(f"{time.monotonic() - started:6.1f} s  {subject:<14}{text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:  # noqa: PLR2004 - the program and one kind
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
