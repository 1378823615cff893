"""Build the test guests that need a tool chain; ``--check`` says whether the kept ones come from the sources.

The QuickJS guest is small and kept in the repository. The others have 12 to 18 MB each: they are built into
``.cache/guests`` where a test asks for them, and only again when a source has changed. Tools are pinned in
``tests/guests/js/package-lock.json``, ``web/extension-runtime/package-lock.json`` and ``tests/guests/py``.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).resolve().parent.parent
GUESTS = ROOT / "tests" / "guests"
HELLO = ROOT / "examples" / "hello" / "src"
RUNTIME = ROOT / "web" / "extension-runtime"
WIT = ROOT / "shared" / "wit" / "alga-extension.wit"
KEPT = GUESTS / "built"
CACHE = ROOT / ".cache" / "guests"
LEVEL = 19
KEPT_GUESTS = ("js_quickjs",)
# The sample extension by the other tool chain, for the benchmarks.
HELLO_STARLING = "hello_starling"
STARLING_GUESTS = ("js_starling", "js_starling_oldest", "js_starling_full", HELLO_STARLING)
# Without WASI a Python guest can be published; with it, it imports sockets, which publishing refuses.
PYTHON_GUESTS = {"py_without_wasi": ["--stub-wasi"], "py": []}
# One small component for every interface, and for every set of them that extensions in the field import.
WORLDS = "worlds"
GUEST_NAMES = (WORLDS, *KEPT_GUESTS, *STARLING_GUESTS, *PYTHON_GUESTS)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a kept guest is stale")
    parser.add_argument("names", nargs="*", choices=[[], *GUEST_NAMES], help="all of them if none is named")
    options = parser.parse_args(arguments)
    if options.check:
        faults = list(stale())
        for fault in faults:
            print(f"error: {fault}", file=sys.stderr)
        return 1 if faults else 0
    for name in options.names or GUEST_NAMES:
        print(f"{name}: {built(name).relative_to(ROOT)}")
    return 0


def stale() -> Iterator[str]:
    for name in (WORLDS, *KEPT_GUESTS):
        if _digests_file(name).read_text(encoding="utf-8") != _digests(name):
            yield f"{name} was built from other sources. Run: make guests"


def built(name: str) -> Path:
    """Return the guest's component, zstd-compressed where it is kept, building it if a source has changed.

    Of ``worlds`` it is the folder of components.
    """
    target = _target(name)
    recorded = _digests_file(name)
    if not (target.exists() and recorded.is_file() and recorded.read_text("utf-8") == _digests(name)):
        target.parent.mkdir(parents=True, exist_ok=True)
        wasm = target if name == WORLDS else CACHE / f"{name}.wasm"
        CACHE.mkdir(parents=True, exist_ok=True)
        _build(name, wasm)
        if name in KEPT_GUESTS:
            target.write_bytes(zstd.compress(wasm.read_bytes(), LEVEL))
        recorded.write_text(_digests(name), encoding="utf-8")
    return target


def _target(name: str) -> Path:
    if name == WORLDS:
        return KEPT / name
    return KEPT / f"{name}.wasm.zst" if name in KEPT_GUESTS else CACHE / f"{name}.wasm"


def _digests_file(name: str) -> Path:
    return _target(name).parent / f"{name}.sha256"


def _digests(name: str) -> str:
    """List what a guest is built from, in the format of sha256sum."""
    if name in PYTHON_GUESTS:
        sources = [WIT, *(GUESTS / "py").glob("*.py"), GUESTS / "py" / "requirements.lock"]
    elif name == WORLDS:
        sources = [WIT, GUESTS / "js" / "build-worlds.mjs", GUESTS / "js" / "package-lock.json"]
    else:
        runtime = [RUNTIME / "build.mjs", RUNTIME / "package-lock.json", *(RUNTIME / "src").glob("*.js")]
        own = HELLO if name == HELLO_STARLING else GUESTS / "js" / "src"
        sources = [WIT, GUESTS / "js" / "build.mjs", *own.glob("*.js"), *runtime]
        sources += [GUESTS / "js" / "package-lock.json"] if name in STARLING_GUESTS else []
    return "".join(
        f"{hashlib.sha256(source.read_bytes()).hexdigest()}  {source.relative_to(ROOT)}\n"
        for source in sorted(sources)
    )


def _build(name: str, target: Path) -> None:
    if name in PYTHON_GUESTS:
        _build_python(target, PYTHON_GUESTS[name])
        return
    if name not in KEPT_GUESTS:
        _install(GUESTS / "js")
    if name == WORLDS:
        _run("node", "build-worlds.mjs", str(target), cwd=GUESTS / "js")
        return
    _install(RUNTIME)
    _run("node", "build.mjs", name, str(target), cwd=GUESTS / "js")


def _install(package: Path) -> None:
    """Install what the lock says, unless it is installed already."""
    lock, marker = package / "package-lock.json", package / "node_modules" / ".installed-lock"
    if not marker.is_file() or marker.read_bytes() != lock.read_bytes():
        _run("npm", "install", "--no-save", "--no-audit", "--no-fund", cwd=package)
        marker.write_bytes(lock.read_bytes())


def _build_python(target: Path, options: list[str]) -> None:
    tools = CACHE / "python-tools"
    lock = GUESTS / "py" / "requirements.lock"
    marker = tools / "installed.lock"
    if not marker.is_file() or marker.read_bytes() != lock.read_bytes():
        shutil.rmtree(tools, ignore_errors=True)
        venv.create(tools, with_pip=True)
        _run(str(tools / "bin" / "pip"), "install", "--quiet", "--require-hashes", "-r", str(lock), cwd=ROOT)
        marker.write_bytes(lock.read_bytes())
    _run(
        str(tools / "bin" / "componentize-py"),
        *("--wit-path", str(WIT), "--world", "runner", "componentize", *options, "app", "-o", str(target)),
        cwd=GUESTS / "py",
    )


def _run(*command: str, cwd: Path) -> None:
    subprocess.run(command, check=True, cwd=cwd, stdout=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
