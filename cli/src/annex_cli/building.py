"""Run a project's build and look at what came out: its files, its imports and what those ask for."""

import asyncio
import hashlib
import os
import shlex
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from annex_cli.build_faults import first_fault, missing_package, missing_tool
from annex_cli.build_plan import BuildPlan
from annex_cli.errors import BuildFailed, BuildToolMissing, FileNotUsable
from annex_shared.bundle.accepted_imports import refuse_unknown_imports
from annex_shared.bundle.check import HANDLER_PATH
from annex_shared.bundle.import_capabilities import CapabilityCheck, check_capabilities
from annex_shared.bundle.wasm_imports import WasmFacts, read_wasm
from annex_shared.display_text import shown
from annex_shared.manifest import Manifest

_KEPT_LINES = 400
_SHOWN_LINES = 30
_LONGEST_LINE = 1 << 16
_HEARTBEAT_SECONDS = 30
_LONGEST_SECONDS = 1800
_STEP = 1 << 20
# A build runs other people's code; it has no use for whoever publishes.
_CREDENTIALS = ("ANNEX_TOKEN", "ANNEX_ID_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
_FOUND_AT = {
    "npm": "Install Node.js 20 or newer; npm comes with it.",
    "node": "Install Node.js 20 or newer.",
    "componentize-py": "Run: pip install componentize-py",
    "cargo": "Install Rust with rustup, then: rustup target add wasm32-wasip2",
}

Heard = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file that was built; ``path`` is below the project."""

    path: str
    size_bytes: int
    sha256: str

    def to_document(self) -> dict[str, JsonValue]:
        return {"path": self.path, "bytes": self.size_bytes, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to; ``facts`` and ``check`` are absent for an extension that only has pages."""

    artifacts: tuple[Artifact, ...]
    facts: WasmFacts | None
    check: CapabilityCheck | None
    duration_ms: int


async def build_project(
    folder: Path,
    plan: BuildPlan,
    manifest: Manifest,
    *,
    is_release: bool,
    environment: Mapping[str, str],
    on_line: Heard,
    on_wait: Heard,
    may_install: bool = True,
) -> Built:
    """Run the build and inspect what it wrote. Raises BuildFailed, BuildToolMissing and refusals of imports.

    ``on_line`` hears what the build prints, ``on_wait`` a sentence now and then while it says nothing. A
    project that has nothing installed yet is installed first, if it may be.
    """
    began, began_ns = time.monotonic(), time.time_ns()
    _refuse_missing_program(folder, plan, environment)
    surroundings = {
        **{name: value for name, value in environment.items() if name not in _CREDENTIALS},
        "ANNEX_BUILD": "release" if is_release else "development",
        "NODE_ENV": "production" if is_release else environment.get("NODE_ENV", "development"),
        "NO_COLOR": "1",
    }
    await _install(plan, folder, surroundings, on_line, on_wait, may_install=may_install)
    code, lines = await _run(plan.words, folder, surroundings, on_line, on_wait)
    if code != 0:
        raise _failed(plan, code, lines)
    facts = _facts(folder, manifest)
    check = None
    if facts is not None:
        has_subscriptions = bool(manifest.events)
        check = check_capabilities(facts, manifest.capabilities, has_subscriptions=has_subscriptions)
    duration_ms = round((time.monotonic() - began) * 1000)
    return Built(_artifacts(folder, since_ns=began_ns), facts, check, duration_ms)


def copy_artifacts(folder: Path, built: Built, target: Path) -> None:
    """Copy what was built to a folder, with the paths it has in the project."""
    for artifact in built.artifacts:
        place = target / artifact.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / artifact.path, place)
        except OSError as error:
            raise FileNotUsable(f"{place} cannot be written: {error.strerror}.") from None


def _refuse_missing_program(folder: Path, plan: BuildPlan, environment: Mapping[str, str]) -> None:
    program = plan.words[0]
    path = environment.get("PATH", os.defpath)
    needed: tuple[str, ...] = (program, "node") if program == "npm" else (program,)
    if _lacks(plan, folder):
        # The first step of the installation brings what its others and the build start with.
        needed = (plan.installs[0][0],) if plan.installs else ()
    for name in needed:
        place = str(folder / name) if "/" in name else name
        if shutil.which(place, path=path) is None:
            raise _tool_missing(name, f"{plan.declared_in} builds with `{plan.shown}`")


def _tool_missing(name: str, why: str) -> BuildToolMissing:
    return BuildToolMissing(
        f'The program "{shown(name, limit=80)}" was not found. {why}.',
        hint=_FOUND_AT.get(name, f"Install {shown(name, limit=80)}, or put it on PATH."),
        details={"tool": shown(name, limit=80)},
    )


def _lacks(plan: BuildPlan, folder: Path) -> bool:
    return plan.needs is not None and not (folder / plan.needs).exists()


async def _install(
    plan: BuildPlan,
    folder: Path,
    environment: Mapping[str, str],
    on_line: Heard,
    on_wait: Heard,
    *,
    may_install: bool,
) -> None:
    """Bring what the project needs and has not. Raises BuildFailed and BuildToolMissing."""
    if not _lacks(plan, folder):
        return
    missing = f"{shown(str(plan.needs), limit=200)} is missing, which the build needs."
    if not (may_install and plan.installs):
        raise BuildFailed(missing, hint=plan.installs_with, details={"missing": plan.needs})
    # Tools of a development are installed whatever the build is for.
    surroundings = {**environment, "NODE_ENV": "development"}
    for words in plan.installs:
        on_wait(f"{missing} Installing: {shlex.join(words)}")
        code, lines = await _run(words, folder, surroundings, on_line, on_wait)
        if code != 0:
            raise BuildFailed(
                f"`{shlex.join(words)}` ended with {code}; nothing was built.",
                hint=shlex.join(words),
                details={"exit_code": code, "place": None, "output": [*lines[-_SHOWN_LINES:]]},
            )


async def _run(
    words: tuple[str, ...], folder: Path, environment: Mapping[str, str], on_line: Heard, on_wait: Heard
) -> tuple[int, list[str]]:
    """Run to the end with everything it started; whoever stops us stops all of that too."""
    line = shlex.join(words)
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )
    output: asyncio.StreamReader = process.stdout  # type: ignore[assignment]  # it is a pipe
    heartbeat = asyncio.create_task(_heartbeat(line, on_wait))
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            rest = b""
            while part := await output.read(_LONGEST_LINE):
                *whole, rest = (rest + part).split(b"\n")
                for raw in whole:
                    kept.append(_readable(raw))
                    on_line(kept[-1])
            if rest:
                kept.append(_readable(rest))
                on_line(kept[-1])
            return await process.wait(), list(kept)
    except TimeoutError:
        raise BuildFailed(f"`{line}` did not end within {_LONGEST_SECONDS // 60} minutes.") from None
    finally:
        heartbeat.cancel()
        if process.returncode is None:
            _stop(process.pid)
            with suppress(ProcessLookupError):
                await process.wait()


async def _heartbeat(line: str, on_wait: Heard) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        on_wait(f"`{line}` has run for {time.monotonic() - began:.0f} s")


def _stop(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":  # pragma: no cover
            os.kill(pid, signal.SIGTERM)
        else:
            os.killpg(pid, signal.SIGTERM)


def _readable(raw: bytes) -> str:
    return shown(raw[:_LONGEST_LINE].decode("utf-8", "replace").expandtabs(4), limit=500)


def _failed(plan: BuildPlan, code: int, lines: list[str]) -> BuildFailed | BuildToolMissing:
    output = "\n".join(lines)
    tool, package = missing_tool(output), missing_package(output)
    if tool is not None:
        missing = _tool_missing(tool, f"`{plan.shown}` needs it")
        missing.hint = plan.installs_with or missing.hint
        return missing
    if package is not None and plan.installs_with:
        return BuildFailed(
            f'`{plan.shown}` did not find the package "{shown(package, limit=80)}".',
            hint=plan.installs_with,
            details={"exit_code": code, "output": [*lines[-_SHOWN_LINES:]]},
        )
    fault = first_fault(lines)
    told = str(fault) if fault else f"`{plan.shown}` ended with {code}."
    return BuildFailed(
        told,
        details={
            "exit_code": code,
            "place": fault.place if fault else None,
            "output": [*lines[-_SHOWN_LINES:]],
        },
    )


def _facts(folder: Path, manifest: Manifest) -> WasmFacts | None:
    """Read the handler's imports. Raises BuildFailed, HandlerNotWasm and ImportRefused."""
    try:
        with (folder / HANDLER_PATH).open("rb") as file:
            facts = read_wasm(file)
    except FileNotFoundError:
        if not manifest.declares_handler:
            return None
        raise BuildFailed(
            f"The build ended well and wrote no {HANDLER_PATH}, which the manifest's endpoints and events "
            "are handled by.",
            hint=f"Let the build write {HANDLER_PATH}, or take endpoints and events out of manifest.json.",
        ) from None
    except OSError as error:
        raise FileNotUsable(f"{HANDLER_PATH} cannot be read: {error.strerror}.") from None
    refuse_unknown_imports(facts)
    return facts


def _artifacts(folder: Path, *, since_ns: int) -> tuple[Artifact, ...]:
    """List the handler, and what else of dist and ui this build has written."""
    paths = [
        path
        for name in ("dist", "ui")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and (path == folder / HANDLER_PATH or path.stat().st_mtime_ns >= since_ns)
    ]
    return tuple(_artifact(folder, path) for path in paths)


def _artifact(folder: Path, path: Path) -> Artifact:
    digest, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_STEP):
            digest.update(part)
            size_bytes += len(part)
    return Artifact(path.relative_to(folder).as_posix(), size_bytes, digest.hexdigest())
