"""Install, build, check and test what is under web/ with Node, the environment's own or else the machine's.

usage: python scripts/web.py install|console|gallery|simulator|check|test [--if-node] [files…]
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
# Sentences that the console and the command line share.
SHARED_WORDS = ROOT / "shared" / "src" / "annex_shared" / "capability_words.json"
PACKAGES = ("iframe-sdk", "ui-kit", "console")
DESCRIPTION = ROOT / "services/gateway/src/annex_gateway/api/openapi.json"
CONSOLE = WEB / "console" / "dist"
BUILT_FROM = ".built-from"
LOCK = WEB / ".lock"
INSTALLED_FROM = WEB / "node_modules" / ".installed-from"
TESTS = tuple(f"{package}/test/**/*.test.{suffix}" for package in PACKAGES for suffix in ("ts", "tsx"))
# The longest an installation over a slow line takes; a build takes seconds.
LIMIT_SECONDS = 600


class WebFault(Exception):
    """What could not be done, as one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "verb", choices=("install", "console", "gallery", "simulator", "check", "fix", "test")
    )
    parser.add_argument("files", nargs="*", help="the tests to run, instead of all")
    parser.add_argument("--if-node", action="store_true", help="where Node is missing, say so and succeed")
    options = parser.parse_args(arguments)
    try:
        with _alone():
            _do(options.verb, options.files)
    except WebFault as fault:
        if options.if_node:
            print(f"The console is not built: {fault} Everything else works without it.", file=sys.stderr)
            return 0
        print(f"error: {fault}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the folder for this process: two installations at once leave a folder that is neither's."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _do(verb: str, files: Sequence[str]) -> None:
    if verb == "console" and is_built():
        return
    _install()
    match verb:
        case "console":
            _npx("node", "console/build.mjs")
            (CONSOLE / BUILT_FROM).write_text(fingerprint(), encoding="utf-8")
        case "gallery":
            _npx("node", "ui-kit/build.mjs", "gallery")
        case "simulator":
            _npx("node", "simulator/build.mjs")
        case "check":
            _describe()
            _npx("node", "simulator/build.mjs", "--check")
            _npx("biome", "check", "--error-on-warnings", ".")
            _npx("tsc", "--noEmit", "-p", ".")
        case "fix":
            _npx("biome", "check", "--write", ".")
        case "test":
            found = files or [str(path.relative_to(WEB)) for test in TESTS for path in sorted(WEB.glob(test))]
            if found:
                _describe()
                _npx("node", "--import", "tsx", "--test", *found)


def _describe() -> None:
    """Write the types of the gateway's routes, which the console's sources are checked against."""
    _npx("node", "console/schema.mjs")


def is_built() -> bool:
    """Say whether the built console is of the present sources and tools."""
    mark = CONSOLE / BUILT_FROM
    return mark.exists() and mark.read_text(encoding="utf-8") == fingerprint()


def fingerprint() -> str:
    """Return one digest of all that the built console depends on."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield WEB / "package-lock.json"
    yield SHARED_WORDS
    yield DESCRIPTION
    for package in PACKAGES:
        yield from sorted(path for path in (WEB / package).glob("*.*") if path.is_file())
        yield from sorted(path for path in (WEB / package / "src").rglob("*") if _is_source(path))


def _is_source(path: Path) -> bool:
    # The types are written from the description, which counts itself.
    return path.is_file() and path.name != "schema.d.ts"


def _install() -> None:
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED_FROM.exists() and INSTALLED_FROM.read_text(encoding="utf-8") == wanted:
        return
    _run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"])
    INSTALLED_FROM.write_text(wanted, encoding="utf-8")


def _npx(program: str, *arguments: str) -> None:
    _run([program, *arguments])


def _run(command: Sequence[str]) -> None:
    tools = (WEB / "node_modules" / ".bin", ROOT / ".venv" / "bin")
    path = os.pathsep.join([*map(str, tools), os.environ.get("PATH", os.defpath)])
    program = shutil.which(command[0], path=path)
    if program is None:
        raise WebFault(f"{command[0]} was not found. Install Node 20 or newer; make setup brings one, too.")
    environment = {**os.environ, "PATH": path}
    try:
        done = subprocess.run(
            [program, *command[1:]], check=False, cwd=WEB, env=environment, timeout=LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise WebFault(f"{command[0]} did not end within {LIMIT_SECONDS} s.") from error
    if done.returncode != 0:
        raise WebFault(f"{' '.join(command[:3])} failed.")


if __name__ == "__main__":
    sys.exit(main())
