"""One run of `annex dev`: what is built becomes a snapshot, the install moves to it, open pages are told."""

import asyncio
import time
import webbrowser
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from pydantic import JsonValue

from annex_cli.attempts import AttemptStore
from annex_cli.build_plan import build_plan
from annex_cli.building import Built, build_project
from annex_cli.dev.calls import Calls
from annex_cli.dev.denials import DeniedCapability, denied_in, missing_in
from annex_cli.dev.hub import Hub, stamped
from annex_cli.dev.installation import Installation
from annex_cli.dev.keyboard import Key
from annex_cli.dev.settling import Settling, is_pages_only, of_sources
from annex_cli.dev.snapshots import Snapshot, Snapshots
from annex_cli.dev.state import Fault, Switches
from annex_cli.dev.values import FILES, read_values
from annex_cli.error_block import error_block
from annex_cli.errors import BuildNotDeclared, PlatformRefused, PlatformUnreachable
from annex_cli.failure_codes import code_of
from annex_cli.packing import project_manifest
from annex_cli.platform_client import PlatformClient
from annex_cli.presenting import seconds
from annex_cli.source_watch import SourceWatch
from annex_cli.times import wire_time
from annex_shared.bundle.check import HANDLER_PATH, MANIFEST_PATH
from annex_shared.clock import SystemClock
from annex_shared.contracts.debug_lines import PLATFORM, DebugEvent
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.manifest import DEFAULT_CAPABILITIES

_LOOK_SECONDS: Final = 0.15
_AGAIN_SECONDS: Final = 1.0
_LEVELS: Final = ("debug", "info", "warn", "error")
_NAMED_CHANGES: Final = 3
_LONGEST_LINE: Final = 2_000
Work = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Development:
    """Everything of one run. Work is done one at a time, in the order in which it came."""

    project: Path
    folder: Path
    address: str
    hub: Hub
    snapshots: Snapshots
    installation: Installation
    calls: Calls
    client: PlatformClient
    level: str = "info"
    quit: asyncio.Event = field(default_factory=asyncio.Event)
    _work: asyncio.Queue[Work] = field(default_factory=asyncio.Queue)
    _whole: Snapshot | None = None
    _built_from: tuple[object, ...] = ()

    async def first(self) -> None:
        """Build and serve for the first time, which may fail: then the first change is the next try."""
        await self._refresh(is_built=True)

    async def run(self) -> None:
        """Follow sources, lines and work until it is quit."""
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._follow_sources()),
                tasks.create_task(self._follow_lines()),
                tasks.create_task(self._do_work()),
            ]
            await self.quit.wait()
            for task in running:
                task.cancel()

    def press(self, key: Key) -> None:
        """Do what a key is for."""
        match key:
            case Key.OPEN:
                asyncio.get_running_loop().run_in_executor(None, webbrowser.open, self.address)
            case Key.REBUILD:
                self._work.put_nowait(self._rebuild)
            case Key.LOG_LEVEL:
                self.level = _LEVELS[(_LEVELS.index(self.level) + 1) % len(_LEVELS)]
                self.hub.session.terminal.say(f"  lines      {self.level} and above")
            case Key.CLEAR:
                self.hub.session.terminal.say("\033[2J\033[H")
            case Key.THEME:
                self.hub.tell_pages("theme", {})
            case Key.REPLAY:
                self._work.put_nowait(self._replay)
            case Key.RESET:
                self._work.put_nowait(self._reset)
            case Key.QUIT:
                self.quit.set()

    async def switch(self, switches: Switches) -> None:
        """Take the simulator's switches; capabilities are denied as a tenant denies them."""
        before, self.hub.state.switches = self.hub.state.switches, switches
        if set(before.denied) != set(switches.denied):
            await self.installation.withhold(frozenset(switches.denied))
        self.hub.tell_state()

    async def _do_work(self) -> None:
        while True:
            work = await self._work.get()
            try:
                await work()
            except AnnexError as error:
                self._failed(error)

    async def _follow_sources(self) -> None:
        """Notice changes. What changes while a build runs is the build's, but for sources of a person's."""
        watch, besides = SourceWatch(self.project), _Times(self._watched_besides())
        seen, settling = watch.look(), Settling()
        during: set[str] = set()
        written: frozenset[str] = frozenset()
        while True:
            was_building = self.hub.state.is_building
            await asyncio.sleep(_LOOK_SECONDS)
            before, seen = seen, await asyncio.to_thread(watch.look)
            changed = {*watch.changed(before, seen)}
            for path in besides.changed():
                if path.name in FILES:
                    self._work.put_nowait(self._give_values)
                else:
                    changed.add(HANDLER_PATH)
            if was_building or self.hub.state.is_building:
                during |= changed
                continue
            if during:
                settling.note(of_sources(during, written), now=time.monotonic())
                written, during = frozenset(during), set()
            settling.note(changed, now=time.monotonic())
            files = settling.settled(now=time.monotonic())
            if files:
                self._work.put_nowait(_Changed(self, tuple(files)))

    def _watched_besides(self) -> list[Path]:
        return [*(self.folder / name for name in FILES), self.project / HANDLER_PATH]

    async def changed(self, files: tuple[str, ...]) -> None:
        """Serve what changed: pages at once, anything else after a build."""
        named = ", ".join(files[:_NAMED_CHANGES]) + ("" if len(files) <= _NAMED_CHANGES else ", …")
        self.hub.tell("changed", {"files": [*files[:100]]}, stamped("changed", named))
        is_built = not is_pages_only(files) and set(files) not in ({MANIFEST_PATH}, {HANDLER_PATH})
        await self._refresh(is_built=is_built)

    async def _rebuild(self) -> None:
        await self._refresh(is_built=True)

    async def _refresh(self, *, is_built: bool) -> None:
        """Build if need be, and serve the result; the last good one goes on being served meanwhile."""
        state, began = self.hub.state, time.monotonic()
        state.is_building = is_built
        self.hub.tell_state()
        try:
            built = await self._build() if is_built else None
            state.is_building = False
            is_whole = await self._serve()
        except AnnexError as error:
            self._failed(error)
            return
        finally:
            state.is_building = False
        state.fault = None
        state.served_since = f"{SystemClock().now().astimezone():%H:%M:%S}"
        self.hub.tell_state()
        self._tell_served(built, is_whole=is_whole, took=time.monotonic() - began)

    async def _build(self) -> Built | None:
        """Run the project's build; a project without one is served as it lies there."""
        try:
            plan = build_plan(self.project, is_release=False)
        except BuildNotDeclared:
            return None
        terminal = self.hub.session.terminal
        return await build_project(
            self.project,
            plan,
            project_manifest(self.project),
            is_release=False,
            environment=self.hub.session.environment,
            on_line=lambda line: terminal.detail(f"           {line}"),
            on_wait=lambda line: terminal.say(stamped("building", line)),
        )

    async def _serve(self) -> bool:
        """Publish a snapshot and show it; only where more than pages changed is the install moved."""
        now_ms = int(SystemClock().now().timestamp() * 1000)
        made_from = self._made_from()
        is_whole = self._whole is None or made_from != self._built_from
        if is_whole:
            snapshot = await asyncio.to_thread(self.snapshots.whole, now_ms)
            await self.installation.publish(snapshot)
            await self.installation.move_to(snapshot, read_values(self.folder))
            self._whole, self._built_from = snapshot, made_from
        else:
            snapshot = await asyncio.to_thread(self.snapshots.pages, now_ms)
            await self.installation.publish(snapshot)
        self._note(snapshot, is_whole=is_whole)
        return is_whole

    def _made_from(self) -> tuple[object, ...]:
        """Identify handler and manifest by what the file system says of them."""
        facts: list[object] = []
        for name in (MANIFEST_PATH, HANDLER_PATH):
            try:
                found = (self.project / name).stat()
            except OSError:
                facts.append(None)
            else:
                facts.append((found.st_mtime_ns, found.st_size))
        return tuple(facts)

    def _note(self, snapshot: Snapshot, *, is_whole: bool) -> None:
        state, manifest, install = self.hub.state, snapshot.manifest, self.installation.install
        state.extension, state.page_hash = snapshot.extension, str(snapshot.content_hash)
        if manifest.ui_entry is not None:
            state.entry = manifest.ui_entry.removeprefix("ui/")
        if install is None or not is_whole:
            return
        state.version, state.content_hash = str(manifest.version), str(install.content_hash)
        state.entry = None if manifest.ui_entry is None else manifest.ui_entry.removeprefix("ui/")
        state.install_id, state.extension_id = install.install_id, install.extension_id
        state.capabilities = [*manifest.capabilities]
        state.deniable = [name for name in manifest.capabilities if name not in DEFAULT_CAPABILITIES]
        state.endpoints = [f"{one.method} {one.path}" for one in manifest.endpoints]

    def _tell_served(self, built: Built | None, *, is_whole: bool, took: float) -> None:
        facts: dict[str, JsonValue] = {
            "version": self.hub.state.version,
            "page_hash": self.hub.state.page_hash,
            "handlers": is_whole,
            "duration_ms": round(took * 1000),
            "build_ms": None if built is None else built.duration_ms,
        }
        parts = [] if built is None else [f"built {seconds(built.duration_ms / 1000)}"]
        parts.append(f"{'handlers and pages' if is_whole else 'pages'} served {seconds(took)}")
        self.hub.tell("reloaded", facts, stamped("reloaded", " · ".join(parts)))
        if built is not None and built.check is not None:
            for capability in built.check.missing:
                self._deny(missing_in("an import of the handler", capability, self.project))

    def _deny(self, denied: DeniedCapability) -> None:
        self.hub.tell("denied", denied.to_document(), stamped("denied", denied.sentence))

    def _failed(self, error: AnnexError) -> None:
        """Show what failed in the page and here, in one block; what was served before goes on."""
        state = self.hub.state
        output = error.details.get("output")
        state.fault = Fault(
            message=error.message,
            place=str(error.details["place"]) if error.details.get("place") else None,
            output=tuple(str(line) for line in output) if isinstance(output, list) else (),
            hint=error.hint,
        )
        state.is_building = False
        self.hub.tell_state()
        self.hub.tell("failed", {"code": code_of(error), "message": error.message, "details": error.details})
        terminal = self.hub.session.terminal
        if not terminal.is_json:
            terminal.fail(error_block(error, width=min(terminal.error_width, 100)))
            if state.served_since:
                terminal.say(stamped("serving", f"still the one from {state.served_since}"))

    async def _give_values(self) -> None:
        await self.installation.set_values(read_values(self.folder))
        self.hub.tell("changed", {"files": [*FILES]}, stamped("changed", "config and secrets are set anew"))

    async def _reset(self) -> None:
        if self._whole is None:
            return
        await self.installation.reset(self._whole, read_values(self.folder))
        self._note(self._whole, is_whole=True)
        self.hub.tell_state()
        self.hub.tell("reset", {}, stamped("reset", "config, secrets and storage are as .annex/dev says"))

    async def _replay(self) -> None:
        call = self.calls.last_failed
        if call is None:
            self.hub.session.terminal.say(stamped("replay", "no call has failed yet"))
            return
        await self.calls.make(call)

    async def _follow_lines(self) -> None:
        """Show what the extension writes, over as many connections as it takes."""
        began = wire_time(SystemClock().now()) or ""
        last_id: str | None = None
        while True:
            if not self.hub.state.install_id:
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            name = self.hub.state.extension.replace("/", ".", 1)
            query = urlencode({"extensionId": name, "tail": 1})
            try:
                async with self.client.debug_stream(query, last_event_id=last_id) as events:
                    async for event in events:
                        last_id = event.event_id or last_id
                        if event.kind == "message":
                            line = DebugEvent.model_validate_json(event.data)
                            # The last one of the run before comes along.
                            if line.ts >= began:
                                self._line(line)
            except (PlatformUnreachable, PlatformRefused, ValueError):
                # Lines are worth another try, and nothing else waits for them.
                pass
            await asyncio.sleep(_AGAIN_SECONDS)

    def _line(self, event: DebugEvent) -> None:
        message = shown(event.message, limit=_LONGEST_LINE)
        if event.stream == PLATFORM:
            denied = denied_in(message, self.project, self.hub.state.capabilities)
            if denied is not None:
                self._deny(denied)
                return
        facts: dict[str, JsonValue] = {
            "level": event.level,
            "message": message,
            "stream": event.stream,
            "execution_id": event.execution_id,
        }
        is_shown = event.level not in _LEVELS or _LEVELS.index(event.level) >= _LEVELS.index(self.level)
        self.hub.tell("line", facts, stamped(event.level, message) if is_shown else None)


@dataclass(frozen=True, slots=True)
class _Changed:
    """Files that changed, as a piece of work."""

    development: Development
    files: tuple[str, ...]

    async def __call__(self) -> None:
        await self.development.changed(self.files)


@dataclass(slots=True)
class _Times:
    """Single files that no watch of sources looks at."""

    paths: list[Path]
    _seen: dict[Path, int | None] = field(default_factory=dict)

    def changed(self) -> list[Path]:
        """Name what differs from the look before; the first look finds nothing new."""
        found = {path: _time_of(path) for path in self.paths}
        before, self._seen = self._seen, found
        return [path for path in self.paths if path in before and before[path] != found[path]]


def _time_of(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def attempts_of(folder: Path) -> AttemptStore:
    return AttemptStore(folder / "attempts")
