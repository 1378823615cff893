"""The platform below `annex dev`: a program of another package that is started and ended with us."""

import asyncio
import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annex_cli.dev.values import StoredValue
from annex_cli.errors import DevPlatformFailed, DevPlatformMissing, FileNotUsable

_MODULE: Final = "annex_standalone"
_START_SECONDS: Final = 120
_STOP_SECONDS: Final = 20
_ANSWER_SECONDS: Final = 30
_LONGEST_LINE: Final = 1 << 20
_TOLD_CHARACTERS: Final = 2_000
_PORTS: Final = (
    "ANNEX_GATEWAY_PORT",
    "ANNEX_REGISTRY_PORT",
    "ANNEX_RUNNER_PROXY_PORT",
    "ANNEX_UI_HOST_PORT",
)


class PlatformFacts(BaseModel):
    """Where the platform answers, and the keys of its one tenant."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    gateway_url: str
    ui_host_url: str
    tenant_id: str
    api_key: str = Field(repr=False)
    admin_api_key: str = Field(repr=False)
    log_vkey: str


@dataclass(slots=True)
class DevPlatform:
    """A platform that runs; one question is asked at a time."""

    facts: PlatformFacts
    process: asyncio.subprocess.Process
    _asked: int = 0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def seed_storage(self, install_id: str, items: Sequence[StoredValue]) -> None:
        """Write what an install begins with. Raises FileNotUsable for what storage does not take."""
        if not items:
            return
        async with self._asking:
            self._asked += 1
            wish = {
                "type": "seed_storage",
                "id": self._asked,
                "install_id": install_id,
                "items": [
                    {"namespace": item.namespace, "key": item.key, "value": item.value} for item in items
                ],
            }
            stdin, stdout = _pipes(self.process)
            stdin.write(json.dumps(wish).encode() + b"\n")
            await stdin.drain()
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    answer = json.loads(await stdout.readline() or b"{}")
            except (TimeoutError, ValueError):
                answer = {}
        if answer.get("type") == "refused":
            raise FileNotUsable(f".annex/dev/storage.toml: {answer.get('message')}")
        if answer.get("type") != "seeded":
            raise DevPlatformFailed("The platform did not say whether it stored what storage.toml names.")

    async def ended(self) -> int:
        return await self.process.wait()


@asynccontextmanager
async def running_platform(
    folder: Path, origin: str, environment: Mapping[str, str], *, has_limits: bool
) -> AsyncIterator[DevPlatform]:
    """Run the platform inside the block, with its data in ``folder``; ``origin`` may frame its pages.

    Raises DevPlatformMissing, DevPlatformFailed.
    """
    if importlib.util.find_spec(_MODULE) is None:
        raise DevPlatformMissing(
            "annex dev runs extensions in the real platform on this machine, which is not installed here.",
            hint="pip install annex-standalone",
        )
    surroundings = {
        **environment,
        **dict.fromkeys(_PORTS, "0"),
        "ANNEX_HOME": str(folder),
        "ANNEX_DEV_ORIGIN": origin,
        "ANNEX_DEV_NO_LIMITS": "0" if has_limits else "1",
    }
    log = folder.parent / "platform.log"
    with log.open("wb") as told:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _MODULE, "dev"),
            env=surroundings,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=told,
            limit=_LONGEST_LINE,
            # Ctrl-C is for us, and we end it in order.
            start_new_session=True,
        )
    try:
        yield DevPlatform(await _ready(process, log), process)
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, log: Path) -> PlatformFacts:
    _, stdout = _pipes(process)
    try:
        async with asyncio.timeout(_START_SECONDS):
            line = await stdout.readline()
        return PlatformFacts.model_validate_json(line)
    except TimeoutError:
        raise DevPlatformFailed(f"The platform was not ready within {_START_SECONDS} s. See {log}.") from None
    except ValidationError:
        told = await asyncio.to_thread(log.read_text, encoding="utf-8", errors="replace")
        sentence = told.strip()[-_TOLD_CHARACTERS:].rpartition("error: ")[2].splitlines()
        raise DevPlatformFailed(
            f"The platform did not start: {sentence[0] if sentence else 'it said nothing'} See {log}."
        ) from None


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Let it end by itself, which it does when nobody speaks to it any more; else make it."""
    if process.returncode is not None:
        return
    stdin, _ = _pipes(process)
    stdin.close()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        await process.wait()


def _pipes(process: asyncio.subprocess.Process) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError
    return process.stdin, process.stdout
