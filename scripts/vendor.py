"""Pack the npm packages that templates take along; ``--check`` says whether the kept ones are fresh.

No public registry has them, so `annex init` writes them into the new project and its package.json installs
them from there. Packing needs npm; what is packed is kept, so that installing the CLI needs none.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
VENDOR = ROOT / "cli" / "src" / "annex_cli" / "scaffold" / "vendor"
# The others are TypeScript and are compiled first; this one is shipped as it is written.
PLAIN = "extension-runtime"
PACKAGES = (PLAIN, "iframe-sdk", "ui-kit")
PACKED_FROM = "packed-from.sha256"
# Neither is packed, nor is what is packed made from it.
LEFT_OUT = frozenset({"node_modules", "dist", "test", "gallery", "package-lock.json", ".npmrc"})
# A module of the same package in a declaration, which the compiler leaves with its old suffix.
SPECIFIER = re.compile(
    r"""(?P<before>(?:from|import\()\s*["'])(?P<path>\.{1,2}/[^"']+?)\.tsx?(?P<quote>["'])"""
)
LIMIT_SECONDS = 300


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a kept package is stale"
    )
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
    with tempfile.TemporaryDirectory() as place:
        source = WEB / name if name == PLAIN else _compiled(name, Path(place))
        _run("npm", "pack", "--silent", "--pack-destination", str(VENDOR), cwd=source)
    return VENDOR / file_name(name)


def _compiled(name: str, place: Path) -> Path:
    """Compile a package to JavaScript with types, with a package.json that leads there."""
    settings = {
        "extends": str(WEB / "tsconfig.json"),
        "compilerOptions": {
            "allowImportingTsExtensions": False,
            "declaration": True,
            "noEmit": False,
            "outDir": str(place / "dist"),
            "rewriteRelativeImportExtensions": True,
            "rootDir": str(WEB / name / "src"),
            "typeRoots": [str(WEB / "node_modules" / "@types")],
        },
        "include": [str(WEB / name / "src")],
        "exclude": [],
    }
    (place / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    _run("tsc", "-p", str(place / "tsconfig.json"), cwd=WEB)
    for declared in (place / "dist").rglob("*.d.ts"):
        text = declared.read_text(encoding="utf-8")
        declared.write_text(SPECIFIER.sub(r"\g<before>\g<path>.js\g<quote>", text), encoding="utf-8")
    for path in sorted((WEB / name / "src").rglob("*")):
        if path.suffix in {".css", ".json"}:
            target = place / "dist" / path.relative_to(WEB / name / "src")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for page in (WEB / name).glob("README.md"):
        shutil.copyfile(page, place / page.name)
    package = json.loads((WEB / name / "package.json").read_text(encoding="utf-8"))
    package["exports"] = {path: _led_to(source) for path, source in package["exports"].items()}
    package["files"] = ["dist"]
    package.pop("scripts", None)
    (place / "package.json").write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
    return place


def _led_to(source: str) -> str | dict[str, str]:
    built = source.replace("./src/", "./dist/", 1)
    stem, dot, suffix = built.rpartition(".")
    return (
        {"types": f"{stem}.d.ts", "default": f"{stem}.js"} if suffix in {"ts", "tsx"} else stem + dot + suffix
    )


def _run(program: str, *arguments: str, cwd: Path) -> None:
    tools = (WEB / "node_modules" / ".bin", ROOT / ".venv" / "bin")
    path = os.pathsep.join([*map(str, tools), os.environ.get("PATH", os.defpath)])
    found = shutil.which(program, path=path)
    if found is None:
        raise SystemExit(f"error: {program} was not found. Run: make setup && python scripts/web.py install")
    subprocess.run(
        [found, *arguments],
        cwd=cwd,
        env={**os.environ, "PATH": path},
        stdout=sys.stderr,
        check=True,
        timeout=LIMIT_SECONDS,
    )


if __name__ == "__main__":
    sys.exit(main())
