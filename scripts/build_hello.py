"""Pack an example into its kept bundle; ``--build`` runs npm first, ``--check`` only compares.

The example is examples/hello, unless ``--directory`` names another.
"""

import argparse
import hashlib
import io
import json
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
# The tool chain seeds its hash tables at random, so a rebuild has other bytes and cannot be compared with the
# bundle. A list beside it, in the format of sha256sum, says which sources the kept bundle was built from.
HANDLER = "dist/main.wasm"
WIT = "../../shared/wit/alga-extension.wit"
RUNTIME = "../../web/extension-runtime"
RUNTIME_SOURCES = (WIT, f"{RUNTIME}/build.mjs", f"{RUNTIME}/package-lock.json")
SOURCES = ("build.mjs", "manifest.json", *RUNTIME_SOURCES)
SOURCE_FOLDERS = ("src", "ui", f"{RUNTIME}/src", f"{RUNTIME}/wit")
# Made by the build where the pages have sources of their own.
BUILT_PAGES = "src/ui"
REBUILD = "Run: python scripts/build_hello.py --build --directory examples/"


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
        subprocess.run(
            ["npm", "run", "build"], check=True, cwd=folder, env={**os.environ, "ANNEX_BUILD": "release"}
        )
    newer = [name for name in sources(folder) if not _is_built_after(folder / HANDLER, folder / name)]
    if newer:
        yield f"{HANDLER} is missing or older than {newer[0]}. {REBUILD}{folder.name}"
        return
    archive = io.BytesIO()
    bundle = write_bundle(folder, archive)
    (folder / bundle_name(folder)).write_bytes(archive.getvalue())
    (folder / list_name(folder)).write_text(_digest_lines(folder), encoding="utf-8")
    print(f"wrote {bundle_name(folder)}: {bundle.size_bytes} bytes, {bundle.content_hash}")


def stale(folder: Path) -> Iterator[str]:
    """Yield each way in which the kept bundle does not come from the sources beside it."""
    has_built_pages = (folder / BUILT_PAGES).is_dir()
    recorded = (folder / list_name(folder)).read_text(encoding="utf-8").splitlines()
    for line in sorted(set(recorded) ^ set(_digest_lines(folder).splitlines())):
        yield f"{line.rpartition('  ')[2]} is not what the bundle was built from. {REBUILD}{folder.name}"
    with (folder / bundle_name(folder)).open("rb") as archive:
        for entry in iter_entries(archive, BundleLimits()):
            is_built = entry.path == HANDLER or (has_built_pages and entry.path.startswith("ui/"))
            if not is_built and entry.data != (folder / entry.path).read_bytes():
                yield f"{entry.path} differs from the one in the bundle. {REBUILD}{folder.name}"


def bundle_name(folder: Path) -> str:
    """Name the kept bundle as `annex pack` does."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return f"{manifest['publisher']}.{manifest['name']}-{manifest['version']}.tar.zst"


def list_name(folder: Path) -> str:
    return bundle_name(folder).removesuffix(".tar.zst") + ".sha256"


def sources(folder: Path) -> list[str]:
    folders = [name for name in SOURCE_FOLDERS if not (name == "ui" and (folder / BUILT_PAGES).is_dir())]
    below = [path for name in folders for path in (folder / name).rglob("*") if _is_source(path)]
    return sorted([*SOURCES, *(Path(os.path.relpath(path, folder)).as_posix() for path in below)])


def _is_source(path: Path) -> bool:
    """Leave out declarations of types, which nothing is built from."""
    return path.is_file() and not path.name.endswith(".d.ts")


def _is_built_after(built: Path, source: Path) -> bool:
    return built.is_file() and built.stat().st_mtime_ns >= source.stat().st_mtime_ns


def _digest_lines(folder: Path) -> str:
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()) for name in [bundle_name(folder), *sources(folder)]
    }
    return "".join(f"{digest.hexdigest()}  {name}\n" for name, digest in digests.items())


if __name__ == "__main__":
    sys.exit(main())
