"""Run the real program in a process of its own, and compare what it prints with the approved text."""

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration.cli.gateway import ADMIN_KEY, TENANT, USER_KEY, Gateway
from support.warm_program import WarmProgram

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "golden" / "cli"
SAMPLE = ROOT / "examples" / "hello" / "annex-demo.hello-1.0.0.tar.zst"
_LIMIT_SECONDS = 60
_ANNEX = WarmProgram("annex_cli")
_CHANGING = (
    (re.compile(r"in \d+\.\d s\b"), "in N s"),
    (re.compile(r"\b\d+ ms\b"), "N ms"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r'"duration_ms": \d+'), '"duration_ms": 0'),
    (re.compile(r"(idempotency[ _]key\"?:? \"?)[0-9a-f-]{36}"), r"\1KEY"),
)


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    def document(self) -> dict[str, Any]:
        """Read stdout as the one document it must be."""
        assert self.stdout.endswith("\n")
        assert self.stdout.count("\n") == 1
        document: dict[str, Any] = json.loads(self.stdout)
        assert document["schema"] == "annex.cli/1"
        return document


@dataclass(frozen=True, slots=True)
class Machine:
    """A home of its own: state folder, working folder, and what is set in the environment."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def at(cls, folder: Path, **environment: str) -> "Machine":
        (folder / "project").mkdir(parents=True, exist_ok=True)
        base = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "TERM": "dumb",
            "PYTHONWARNINGS": "error",
        }
        return cls(folder, base | environment)

    def knows(self, gateway: Gateway) -> "Machine":
        """Write the development platform's file, as `make run` does."""
        place = self.work / ".annex"
        place.mkdir(exist_ok=True)
        (place / "dev.json").write_text(
            json.dumps(
                {
                    "gateway_url": gateway.url,
                    "tenant_id": TENANT,
                    "api_key": USER_KEY,
                    "admin_api_key": ADMIN_KEY,
                    "log_vkey": gateway.log.vkey if gateway.log else None,
                }
            )
        )
        return self

    @property
    def work(self) -> Path:
        return self.folder / "project"

    @property
    def attempts(self) -> list[Path]:
        return sorted((self.folder / "state" / "annex" / "attempts").glob("*.json"))

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "annex_cli",
            *arguments,
            cwd=self.work,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def annex(self, *arguments: str, stdin: bytes = b"") -> Ran:
        """Run to the end, in a process of its own that has not to import the program anew."""
        ended = await asyncio.to_thread(
            _ANNEX.run, arguments, folder=self.work, environment=self.environment, stdin=stdin
        )
        return Ran(ended.code, ended.stdout.decode(), ended.stderr.decode())

    def told(self, text: str) -> str:
        """Replace what differs from run to run by a name."""
        text = text.replace(str(self.folder), "HOME").replace(str(ROOT), "REPOSITORY")
        for pattern, name in _CHANGING:
            text = pattern.sub(name, text)
        return text


async def finished(process: asyncio.subprocess.Process, stdin: bytes = b"") -> Ran:
    async with asyncio.timeout(_LIMIT_SECONDS):
        stdout, stderr = await process.communicate(stdin)
    assert process.returncode is not None
    return Ran(process.returncode, stdout.decode(), stderr.decode())


def transcript(command: str, ran: Ran, machine: Machine) -> str:
    """Write a run down as a reader of the documentation sees it."""
    return machine.told(
        f"$ {command}\n--- stdout\n{ran.stdout}--- stderr\n{ran.stderr}--- exit code {ran.code}\n"
    )


def assert_approved(name: str, text: str) -> None:
    """Compare with the approved file; with GOLDEN_UPDATE set, approve and let the diff be reviewed."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_UPDATE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
