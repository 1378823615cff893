"""`annex dev` as a process of its own, on a project whose handler is built already."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.guests import guest_wasm
from support.templates import environment

ROOT = Path(__file__).resolve().parents[2]
HELLO = ROOT / "examples" / "hello"
LIMIT_SECONDS = 90


_BUILD = """import sys
from pathlib import Path

text = Path("src/main.js").read_text()
print(f"src/main.js:1:1: error: {text}")
sys.exit("broken" in text)
"""


def hello_project(folder: Path) -> Path:
    """Make a project of the sample's page and a handler that is compiled in no time.

    It answers what the configuration says; its build makes nothing, and fails when the source says so.
    """
    shutil.copytree(HELLO / "ui", folder / "ui")
    shutil.copy(HELLO / "manifest.json", folder / "manifest.json")
    files = {
        "src/main.js": "// fine\n",
        "build.py": _BUILD,
        "annex.toml": f'[build]\ncommand = ["{sys.executable}", "build.py"]\n',
        ".annex/dev/config.toml": 'greeting = \'{"message": "Servus!"}\'\n',
        ".annex/dev/storage.toml": '[notes]\nfirst = "kept"\n',
    }
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (folder / "dist").mkdir()
    (folder / "dist" / "main.wasm").write_bytes(guest_wasm("reads_config"))
    return folder


@dataclass
class DevProgram:
    """A running `annex dev --json`: its lines as they come, and how to wait for one of them."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        assert self.process.stdout is not None
        async for raw in self.process.stdout:
            async with self._news:
                self.lines.append(json.loads(raw))
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def heard(self, kind: str, *, after: int = 0, fits: Callable[[dict[str, Any]], bool] = bool) -> int:
        """Wait for a line of a kind behind ``after``; return its place."""

        def place() -> int | None:
            found = (
                number
                for number, line in enumerate(self.lines)
                if number >= after and line["type"] == kind and fits(line)
            )
            return next(found, None)

        async with asyncio.timeout(LIMIT_SECONDS), self._news:
            await self._news.wait_for(lambda: place() is not None or self.process.returncode is not None)
        found = place()
        assert found is not None, self.lines
        return found

    @property
    def url(self) -> str:
        return next(str(line["url"]) for line in self.lines if line["type"] == "ready")


@asynccontextmanager
async def running_dev(project: Path, *arguments: str) -> AsyncIterator[DevProgram]:
    """Run `annex dev --json` inside the block; whoever ends it earlier may."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "annex_cli", "dev", "--port", "0", "--json", *arguments),
        cwd=project,
        env=environment(HOME=str(project.parent), PYTHONWARNINGS="error"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    program = DevProgram(process)
    reading = asyncio.create_task(program.read())
    try:
        await program.heard("ready")
        yield program
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(30):
                    await process.wait()
            except TimeoutError:
                process.kill()
        await reading
