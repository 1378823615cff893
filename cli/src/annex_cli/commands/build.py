"""`annex build`: run the project's build, and say what came out and what it asks for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from pydantic import JsonValue

from annex_cli.build_plan import BuildPlan, build_plan
from annex_cli.building import Built, build_project, copy_artifacts
from annex_cli.error_block import error_block
from annex_cli.failure_codes import code_of
from annex_cli.json_stream import JsonStream
from annex_cli.local_bundle import extension_name
from annex_cli.options import global_flags
from annex_cli.packing import project_manifest
from annex_cli.presenting import seconds, size
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.source_watch import Snapshot, SourceWatch
from annex_shared.bundle.check import HANDLER_PATH
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.manifest import Manifest

_LOOK_SECONDS = 0.5
_SETTLE_SECONDS = 0.1
_NAMED_CHANGES = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    folder: Path
    target: Path | None
    is_release: bool
    may_install: bool


@click.command("build")
@click.option("--release", is_flag=True, help="Build what is to be published, not what is quick to build.")
@click.option("--out", metavar="DIR", help="Copy what was built there too.")
@click.option("--watch", is_flag=True, help="Build again whenever a source changes, until Ctrl-C.")
@click.option("--no-install", is_flag=True, help="Say what is missing instead of installing it.")
@global_flags
@click.pass_context
def command(context: click.Context, release: bool, out: str | None, watch: bool, no_install: bool) -> None:
    """Run the project's build; say what its handler imports and whether the manifest declares that.

    The build is `command` under [build] in annex.toml, else the script "build" of package.json. It sees
    ANNEX_BUILD ("development" or "release") and no credential of yours. Where nothing is installed yet, it is
    installed first: by npm (or what the project uses), or by `install` of annex.toml if `needs` is missing.

    \b
    annex build
    annex build --release && annex publish
    annex build --watch

    \b
    package.json   "scripts": {"build": "annex-build-guest --entry src/main.js --out dist/main.wasm"}
    annex.toml     [build]
                   command = ["componentize-py", "--wit-path", "alga-extension.wit", "--world",
                   "runner", "componentize", "--stub-wasi", "app", "-o", "dist/main.wasm"]

    Exit codes: 0 built, 3 the build failed, a tool is missing or an import is refused, 130 stopped.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    session.if_stopped = "Stopped. What the build wrote so far is left where it is."
    folder = session.settings.folder.resolve()
    wish = _Wish(folder, session.path(out).resolve() if out else None, release, may_install=not no_install)
    if watch:
        with JsonStream(session).shown({"folder": str(folder)}) as stream:
            asyncio.run(_watch(session, wish, stream))
    else:
        plan, manifest, built = asyncio.run(_build(session, wish))
        _warn(session, built)
        data: dict[str, JsonValue] = {**_document(plan, built), "extension": extension_name(manifest)}
        session.show(data, _text(session, built))


async def _build(session: Session, wish: _Wish) -> tuple[BuildPlan, Manifest, Built]:
    manifest = project_manifest(wish.folder)
    plan = build_plan(wish.folder, is_release=wish.is_release)
    terminal = session.terminal
    terminal.say(f"building   {plan.shown}   ({plan.declared_in})")
    built = await build_project(
        wish.folder,
        plan,
        manifest,
        is_release=wish.is_release,
        environment=session.environment,
        on_line=lambda line: terminal.detail(f"           {line}"),
        on_wait=lambda line: terminal.say(f"building   {line}"),
        may_install=wish.may_install,
    )
    terminal.say(f"built      in {seconds(built.duration_ms / 1000)}")
    if wish.target is not None:
        copy_artifacts(wish.folder, built, wish.target)
        terminal.say(f"copied     {len(built.artifacts)} files to {wish.target}")
    return plan, manifest, built


async def _watch(session: Session, wish: _Wish, stream: JsonStream) -> None:
    """Build, and again on every change, also one made meanwhile.

    A source that changes during two builds in a row is one that the build writes: it alone is no reason for
    another, or there would be no end.
    """
    watch = SourceWatch(wish.folder, wish.target)
    stream.counted = {"builds": 0, "failed": 0}
    changed_before: frozenset[str] = frozenset()
    while True:
        before = watch.look()
        after = await _build_and_tell(session, wish, stream, watch)
        meanwhile = frozenset(watch.changed(before, after))
        changed, changed_before = sorted(meanwhile - changed_before), meanwhile
        if not changed:
            if meanwhile:
                session.terminal.say(f"left out   {_named(sorted(meanwhile))}: every build changes it")
            session.terminal.say("watching   Ctrl-C stops")
            changed = await _next_change(watch, after)
        session.terminal.say(f"changed    {_named(changed)}")
        stream.line("changed", {"files": [*changed[:100]]})


async def _next_change(watch: SourceWatch, before: Snapshot) -> list[str]:
    changed: list[str] = []
    while not changed:
        await asyncio.sleep(_LOOK_SECONDS)
        changed = watch.changed(before, watch.look())
    # Editors write in several steps.
    await asyncio.sleep(_SETTLE_SECONDS)
    return changed


async def _build_and_tell(session: Session, wish: _Wish, stream: JsonStream, watch: SourceWatch) -> Snapshot:
    """Build once, and return the sources as they were before anybody heard how it ended."""
    counted = stream.counted
    counted["builds"] = int(str(counted["builds"])) + 1
    try:
        plan, _, built = await _build(session, wish)
    except AnnexError as error:
        after = watch.look()
        counted["failed"] = int(str(counted["failed"])) + 1
        stream.line("failed", {"code": code_of(error), "message": error.message, "details": error.details})
        if not session.terminal.is_json:
            session.terminal.fail(error_block(error, width=min(session.terminal.error_width, 100)))
        return after
    after = watch.look()
    stream.line("built", _document(plan, built))
    if not session.terminal.is_json:
        _warn(session, built)
        session.terminal.result(_text(session, built))
    return after


def _named(changed: Sequence[str]) -> str:
    named = ", ".join(shown(name, limit=80) for name in changed[:_NAMED_CHANGES])
    more = f" and {len(changed) - _NAMED_CHANGES} more" if len(changed) > _NAMED_CHANGES else ""
    return f"{named}{more}"


def _document(plan: BuildPlan, built: Built) -> dict[str, JsonValue]:
    facts, check = built.facts, built.check
    return {
        "build": plan.shown,
        "artifacts": [artifact.to_document() for artifact in built.artifacts],
        "kind": facts.kind.value if facts else None,
        "imports": [*facts.imports] if facts else [],
        "imports_everything": check.imports_everything if check else False,
        "capabilities_needed": [*check.needed] if check else [],
        "capabilities_missing": [*check.missing] if check else [],
        "capabilities_unused": [*check.unused] if check else [],
        "duration_ms": built.duration_ms,
    }


def _warn(session: Session, built: Built) -> None:
    check = built.check
    for name in check.missing if check else ():
        word = name.removeprefix("cap:")
        session.warn(
            "CAPABILITY_NOT_DECLARED",
            f'the handler can ask for {word} and the manifest does not: add "{word}" to "capabilities" in '
            "manifest.json, or each of these calls will be refused",
        )
    for name in check.unused if check else ():
        word = name.removeprefix("cap:")
        session.warn(
            "CAPABILITY_NOT_USED",
            f'the manifest asks for "{word}" and the handler imports nothing that needs it; whoever installs '
            "it will be asked all the same",
        )


def _text(session: Session, built: Built) -> str:
    handler = next((one for one in built.artifacts if one.path == HANDLER_PATH), None)
    others = len(built.artifacts) - (handler is not None)
    if handler is None or built.facts is None or built.check is None:
        return session.ok(f"{others} files were built; there is no handler")
    kind, count = built.facts.kind.value, len(built.facts.imports)
    lines = [
        session.ok(f"{HANDLER_PATH}   {size(handler.size_bytes)}, {kind}, {count} imports"),
        f"           sha256:{handler.sha256}",
        f"           {_sentence(built)}",
    ]
    if others:
        lines.append(f"           besides: {others} files of dist and ui")
    lines.append("           Next:  annex pack --check")
    return "\n".join(lines)


def _sentence(built: Built) -> str:
    check = built.check
    if check is None or not check.needed:
        return "asks for: nothing"
    if check.imports_everything:
        return "asks for: not known; its tool chain imports every interface, used or not"
    marks = [f"{name.removeprefix('cap:')}{_mark(name, check.missing)}" for name in check.needed]
    return f"asks for: {', '.join(marks)}"


def _mark(name: str, missing: tuple[str, ...]) -> str:
    return " (not declared)" if name in missing else ""
