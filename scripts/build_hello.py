"""Pack examples/hello into the kept bundle; ``--build`` runs npm first, ``--check`` only compares."""

import argparse
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.reader import iter_entries
from annex_shared.bundle.writer import write_bundle
from annex_shared.errors import AnnexError

HELLO = Path(__file__).resolve().parent.parent / "examples" / "hello"
BUNDLE = "annex-demo.hello-1.0.0.tar.zst"
# The tool chain seeds its hash tables at random, so a rebuild has other bytes and cannot be compared with the
# bundle. This list, in the format of sha256sum, says which sources the kept bundle was built from.
BUILT_FROM = "annex-demo.hello-1.0.0.sha256"
HANDLER = "dist/main.wasm"
WIT = "../../shared/wit/alga-extension.wit"
RUNTIME = "../../web/extension-runtime"
SOURCES = ("build.mjs", "manifest.json", WIT, f"{RUNTIME}/build.mjs", f"{RUNTIME}/package-lock.json")
SOURCE_FOLDERS = ("src", "ui", f"{RUNTIME}/src", f"{RUNTIME}/wit")
REBUILD = "Run: python scripts/build_hello.py --build"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", action="store_true", help="run npm run build before packing")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the bundle is stale")
    parser.add_argument("--directory", type=Path, default=HELLO, help="the extension's folder")
    options = parser.parse_args(arguments)
    folder: Path = options.directory.resolve()
    try:
        faults = list(stale(folder)) if options.check else list(packed(folder, build=options.build))
    except (AnnexError, OSError, subprocess.CalledProcessError) as error:
        faults = [str(error)]
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def packed(folder: Path, *, build: bool) -> Iterator[str]:
    """Write the bundle and the list of its sources; yield why it could not be done."""
    if build:
        subprocess.run(["npm", "run", "build"], check=True, cwd=folder)
    newer = [name for name in sources(folder) if not _is_built_after(folder / HANDLER, folder / name)]
    if newer:
        yield f"{HANDLER} is missing or older than {newer[0]}. {REBUILD}"
        return
    archive = io.BytesIO()
    bundle = write_bundle(folder, archive)
    (folder / BUNDLE).write_bytes(archive.getvalue())
    (folder / BUILT_FROM).write_text(_digest_lines(folder), encoding="utf-8")
    print(f"wrote {BUNDLE}: {bundle.size_bytes} bytes, {bundle.content_hash}")


def stale(folder: Path) -> Iterator[str]:
    """Yield each way in which the kept bundle does not come from the sources beside it."""
    recorded = (folder / BUILT_FROM).read_text(encoding="utf-8").splitlines()
    for line in sorted(set(recorded) ^ set(_digest_lines(folder).splitlines())):
        yield f"{line.rpartition('  ')[2]} is not what the bundle was built from. {REBUILD}"
    with (folder / BUNDLE).open("rb") as archive:
        for entry in iter_entries(archive, BundleLimits()):
            if entry.path != HANDLER and entry.data != (folder / entry.path).read_bytes():
                yield f"{entry.path} differs from the one in the bundle. {REBUILD}"


def sources(folder: Path) -> list[str]:
    below = [path for name in SOURCE_FOLDERS for path in (folder / name).rglob("*") if _is_source(path)]
    return sorted([*SOURCES, *(Path(os.path.relpath(path, folder)).as_posix() for path in below)])


def _is_source(path: Path) -> bool:
    """Leave out declarations of types, which nothing is built from."""
    return path.is_file() and not path.name.endswith(".d.ts")


def _is_built_after(built: Path, source: Path) -> bool:
    return built.is_file() and built.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _digest_lines(folder: Path) -> str:
    digests = {name: hashlib.sha256((folder / name).read_bytes()) for name in [BUNDLE, *sources(folder)]}
    return "".join(f"{digest.hexdigest()}  {name}\n" for name, digest in digests.items())


if __name__ == "__main__":
    sys.exit(main())
