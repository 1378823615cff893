"""Install one service into a directory of its own, from its lock: the build step of every image.

usage: python3 deploy/images/install.py registry|gateway|runner-proxy|ui-host TARGET

TARGET becomes a virtual environment that runs `python -m annex_…` and holds nothing that builds or installs.
`TARGET/sbom.json` lists what is in it (CycloneDX 1.6). The same sources give the same files, byte for byte,
on the same Python and at the same TARGET; modification times are SOURCE_DATE_EPOCH (0 if it is not set).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS_LOCK = ROOT / "requirements-image.lock"
SERVICES = ("registry", "gateway", "runner-proxy", "ui-host")
# What an installer notes of where and how it worked; it differs from one run to the next.
NOTES = ("direct_url.json", "REQUESTED", "uv_cache.json", "uv_build.json")
# Scripts that turn an environment on in an interactive shell; nobody works inside an image.
ACTIVATORS = ("activate*", "Activate*", "deactivate*", "pip*")
# Descriptions of every service of the store's maker are twenty megabytes; we speak to these.
AWS_SERVICES = ("s3", "sts")


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in SERVICES:  # noqa: PLR2004 - a service and where it goes
        print(__doc__, file=sys.stderr)
        return 2
    service, target = arguments[0], Path(arguments[1]).absolute()
    if target.exists() and any(target.iterdir()):
        print(f"error: {target} is not empty.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="annex-image-") as scratch:
        install(service, target, Path(scratch))
    print(f"{service}: {size(target) / 1_000_000:.0f} MB, {sum(1 for _ in files(target))} files in {target}")
    return 0


def install(service: str, target: Path, scratch: Path) -> None:
    """Make the environment. Raises CalledProcessError when a step fails, with the step's own words shown."""
    tools = scratch / "tools"
    venv.EnvBuilder(with_pip=True).create(tools)
    run(tools, "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(TOOLS_LOCK))
    venv.EnvBuilder(with_pip=False).create(target)
    into = ("pip", "install", "--quiet", "--no-cache", "--python", str(target / "bin" / "python"))
    lock = ROOT / "services" / service / "requirements.lock"
    run(tools, "uv", *into, "--require-hashes", "-r", str(lock))
    wheels = [built(tools, folder, scratch) for folder in (ROOT / "shared", ROOT / "services" / service)]
    run(tools, "uv", *into, "--no-deps", "--no-index", *map(str, wheels))
    tidy(target)
    bill = ("--output-reproducible", "--output-file", str(target / "sbom.json"))
    run(tools, "cyclonedx-py", "environment", *bill, str(target / "bin" / "python"))
    compile_all(target)
    date_all(target)


def built(tools: Path, folder: Path, scratch: Path) -> Path:
    """Build a member's wheel from a copy, so that the sources stay as they are."""
    copy, out = scratch / "sources" / folder.name, scratch / "wheels" / folder.name
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    python = str(tools / "bin" / "python")
    backend = ("--no-build-isolation", "--python", python)
    run(tools, "uv", "build", "--quiet", "--wheel", *backend, "-o", str(out), str(copy))
    (wheel,) = out.glob("*.whl")
    return wheel


def tidy(target: Path) -> None:
    for name in NOTES:
        for path in target.rglob(name):
            path.unlink()
    for pattern in ACTIVATORS:
        for path in (target / "bin").glob(pattern):
            path.unlink()
    shutil.rmtree(target / "include", ignore_errors=True)
    for folder in target.glob("lib/*/site-packages/botocore/data/*/"):
        if folder.name not in AWS_SERVICES:
            shutil.rmtree(folder)
    for record in target.glob("lib/*/site-packages/*.dist-info/RECORD"):
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if (record.parents[1] / line.rsplit(",", 2)[0].strip('"')).exists()]
        record.write_text("".join(kept), encoding="utf-8")


def compile_all(target: Path) -> None:
    """Compile once, checked against nothing at run time: the root is read-only, the sources cannot change."""
    mode = ("--invalidation-mode", "unchecked-hash")
    run(target, "python", "-m", "compileall", "-q", *mode, str(target / "lib"))


def date_all(target: Path) -> None:
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    for path in [target, *target.rglob("*")]:
        os.utime(path, (moment, moment), follow_symlinks=False)


def files(target: Path) -> Iterator[Path]:
    return (path for path in target.rglob("*") if path.is_file() and not path.is_symlink())


def size(target: Path) -> int:
    return sum(path.stat().st_size for path in files(target))


def run(environment: Path, program: str, *arguments: str) -> None:
    # A fixed seed for hashes: compiled sets are written in the order of their hashes.
    variables = {**os.environ, "PYTHONHASHSEED": "0", "UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "1"}
    variables.setdefault("SOURCE_DATE_EPOCH", "315532800")  # 1980, the first year a wheel can hold
    subprocess.run([environment / "bin" / program, *arguments], check=True, cwd=environment, env=variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
