"""Pack the npm packages that templates take along into the CLI; ``--check`` says whether the kept ones are fresh.

No public registry has them, so `annex init` writes them into the new project and its package.json installs them
from there. Packing needs npm; what is packed is kept, so that installing the CLI needs none.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
VENDOR = ROOT / "cli" / "src" / "annex_cli" / "scaffold" / "vendor"
PACKAGES = ("extension-runtime",)
PACKED_FROM = "packed-from.sha256"
# Neither is packed, nor is what is packed made from it.
LEFT_OUT = frozenset({"node_modules", "dist", "test", "gallery", "package-lock.json", ".npmrc"})
LIMIT_SECONDS = 300


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a kept package is stale")
    options = parser.parse_args(arguments)
    if options.check:
        faults = list(stale())
        for fault in faults:
            print(f"error: {fault}", file=sys.stderr)
        return 1 if faults else 0
    VENDOR.mkdir(parents=True, exist_ok=True)
    for kept in VENDOR.glob("*.tgz"):
        kept.unlink()
    for name in PACKAGES:
        print(f"wrote {_packed(name).relative_to(ROOT)}")
    (VENDOR / PACKED_FROM).write_text(digests(), encoding="utf-8")
    return 0


def stale() -> Iterator[str]:
    """Yield each way in which a kept package is not of the present sources."""
    kept = (VENDOR / PACKED_FROM).read_text(encoding="utf-8")
    for line in sorted(set(kept.splitlines()) ^ set(digests().splitlines())):
        yield f"{line.rpartition('  ')[2]} is not what the kept package was packed from. Run: make vendor"
    for name in PACKAGES:
        if not (VENDOR / file_name(name)).is_file():
            yield f"{file_name(name)} is missing. Run: make vendor"


def file_name(name: str) -> str:
    """Name the archive as npm does: `@annex/ui-kit` 0.1.0 is annex-ui-kit-0.1.0.tgz."""
    package = json.loads((WEB / name / "package.json").read_text(encoding="utf-8"))
    return f"{package['name'].removeprefix('@').replace('/', '-')}-{package['version']}.tgz"


def digests() -> str:
    """List what the packages are packed from, in the format of sha256sum."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(WEB)}\n"
        for name in PACKAGES
        for path in sorted((WEB / name).rglob("*"))
        if path.is_file() and LEFT_OUT.isdisjoint(path.relative_to(WEB / name).parts)
    )


def _packed(name: str) -> Path:
    path = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)])
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise SystemExit("error: npm was not found. Install Node 20 or newer; make setup brings one, too.")
    subprocess.run(
        [npm, "pack", "--silent", "--pack-destination", str(VENDOR)],
        cwd=WEB / name,
        env={**os.environ, "PATH": path},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=LIMIT_SECONDS,
    )
    return VENDOR / file_name(name)


if __name__ == "__main__":
    sys.exit(main())
