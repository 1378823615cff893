"""What `annex doctor` looks at: each check needs others, and is not made when one of those failed."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Final
from urllib.request import getproxies, proxy_bypass

from pydantic import JsonValue
from yarl import URL

from annex_cli.credentials import Credential, Purpose, find_credential
from annex_cli.identity import GatewayVersion
from annex_cli.logging_in import identity_of
from annex_cli.packing import PROJECT_STATE, project_manifest
from annex_cli.platform_client import PlatformClient
from annex_cli.profiles import Place, Profiles, keyring_problem
from annex_cli.program_version import PROTOCOLS, known_gateway
from annex_cli.session import Session, state_folder
from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.clock import SystemClock
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

GROUPS: Final = ("network", "platform", "auth", "toolchain", "project")
_OLDEST_NODE: Final = 20
_MOST_SKEW_SECONDS: Final = 30
_CONNECT_SECONDS: Final = 5.0
_PROGRAM_SECONDS: Final = 10
_OTHERS: Final = 0o077
_OWNER_ONLY: Final = 0o600


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found; ``fix`` is a command or a deed, ``mend`` does it for --fix."""

    status: Status
    reason: str
    fix: str | None = None
    mend: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One question; ``needs`` names the checks without which it makes no sense."""

    name: str
    group: str
    ask: Callable[[], Awaitable[Found | None]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A check that was made, and whether --fix mended what it found."""

    check: Check
    found: Found
    is_fixed: bool = False

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "check": self.check.name,
            "group": self.check.group,
            "status": self.found.status.value,
            "reason": self.found.reason,
            "fix": self.found.fix,
            "fixed": self.is_fixed,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Every result in order, and for each check that was not made the one that stood in its way."""

    results: tuple[Result, ...]
    unasked: dict[str, str]

    @property
    def has_failed(self) -> bool:
        return any(result.found.status is Status.FAILED for result in self.results)


async def made(checks: Sequence[Check], *, only: frozenset[str], fixes: bool) -> Report:
    """Make the checks in order. A group that is asked for brings what it needs from others along."""
    wanted = _with_needs(checks, only)
    failed: dict[str, str] = {}
    results = []
    for check in checks:
        if check.name not in wanted:
            continue
        root = next((failed[name] for name in check.needs if name in failed), None)
        if root is not None:
            failed[check.name] = root
            continue
        found = await check.ask()
        if found is None:
            continue
        result = await _mended(check, found) if fixes and found.mend else Result(check, found)
        if result.found.status is Status.FAILED:
            failed[check.name] = check.name
        results.append(result)
    unasked = {name: root for name, root in failed.items() if name != root}
    return Report(tuple(results), unasked)


async def _mended(check: Check, found: Found) -> Result:
    """Mend what was found and ask again: a fix counts when the check says so."""
    assert found.mend is not None  # noqa: S101 - the caller looked
    found.mend()
    again = await check.ask()
    return Result(check, again or found, is_fixed=again is not None and again.status is Status.OK)


def _with_needs(checks: Sequence[Check], only: frozenset[str]) -> frozenset[str]:
    if not only:
        return frozenset(check.name for check in checks)
    wanted = {check.name for check in checks if check.group in only}
    for check in reversed(checks):
        if check.name in wanted:
            wanted.update(check.needs)
    return frozenset(wanted)


@dataclass(slots=True)
class Checkup:
    """The checks of one run; what one learns, the next ones use."""

    session: Session
    gateway_url: str = ""
    credential: Credential | None = None
    version: GatewayVersion | None = None
    platform_time: datetime | None = None

    def checks(self) -> tuple[Check, ...]:
        return (
            Check("gateway", "network", self._gateway),
            Check("name", "network", self._name, ("gateway",)),
            Check("connection", "network", self._connection, ("gateway", "name")),
            Check("answer", "network", self._answer, ("gateway", "name", "connection")),
            Check("protocol", "platform", self._protocol, ("answer",)),
            Check("clock", "platform", self._clock, ("answer",)),
            Check("log", "platform", self._log, ("answer",)),
            Check("storage", "auth", self._storage),
            Check("credential", "auth", self._credential, ("storage",)),
            Check("accepted", "auth", self._accepted, ("credential", "answer")),
            Check("keyring", "auth", self._keyring),
            Check("python", "toolchain", self._python),
            Check("node", "toolchain", self._node),
            Check("state", "project", self._state),
            Check("settings", "project", self._settings),
            Check("manifest", "project", self._manifest),
            Check("ignored", "project", self._ignored, ("manifest",)),
        )

    async def _gateway(self) -> Found:
        self.gateway_url = known_gateway(self.session) or ""
        if not self.gateway_url:
            return Found(
                Status.FAILED, "it is not known which platform to talk to", "annex login --gateway URL"
            )
        proxy = self._proxy()
        return Found(Status.OK, f"{self.gateway_url}{f', through the proxy {proxy}' if proxy else ''}")

    async def _name(self) -> Found | None:
        if self._proxy():
            return None
        host, port = self._place()
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            return Found(Status.FAILED, f"{host} was not resolved in time", "look at this machine's DNS")
        except OSError:
            return Found(
                Status.FAILED, f"{host} does not resolve", "check the spelling of --gateway, and DNS"
            )
        addresses = sorted({str(entry[4][0]) for entry in found})
        return Found(Status.OK, f"{host} is {', '.join(addresses[:3])}")

    async def _connection(self) -> Found | None:
        if self._proxy():
            return None
        host, port = self._place()
        is_secure = URL(self.gateway_url).scheme == "https"
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(
                    host, port, ssl=ssl.create_default_context() if is_secure else None
                )
        except ssl.SSLError as error:
            return Found(Status.FAILED, f"TLS: {error.reason or 'refused'}", "check certificate and clock")
        except TimeoutError:
            return Found(
                Status.FAILED, f"{host}:{port} does not answer", "look at firewall and proxy settings"
            )
        except OSError as error:
            reason = (os.strerror(error.errno) if error.errno else "refused").lower()
            return Found(Status.FAILED, f"{host}:{port}: {reason}", "start the platform, or check --gateway")
        writer.close()
        secured = "with TLS" if is_secure else "without TLS"
        return Found(Status.OK, f"{host}:{port} takes connections, {secured}")

    async def _answer(self) -> Found:
        try:
            async with self._client("") as client:
                answer = await client.send("GET", "/api/v1/version")
                if answer.status != HTTPStatus.OK:
                    return Found(Status.FAILED, f"something answers {answer.status}", "check --gateway")
                self.version = GatewayVersion.model_validate_json(answer.body)
        except AnnexError as error:
            return Found(Status.FAILED, error.message, "check --gateway and proxy settings")
        except ValueError:
            return Found(Status.FAILED, "something else than an annex platform answers", "check --gateway")
        self.platform_time = _date(answer.headers.get("Date"))
        return Found(Status.OK, f"gateway {shown(self.version.version, limit=40)}")

    async def _protocol(self) -> Found:
        spoken = self.version.protocol if self.version else 0
        if spoken in PROTOCOLS:
            return Found(Status.OK, f"protocol {spoken}")
        is_older = spoken < PROTOCOLS[0]
        fix = "ask for an upgrade of the platform" if is_older else "upgrade annex"
        return Found(Status.FAILED, f"the platform speaks protocol {spoken}; this annex does not", fix)

    async def _clock(self) -> Found | None:
        """Signed things have times; a clock that is off makes them look expired."""
        if self.platform_time is None:
            return None
        skew = abs((SystemClock().now() - self.platform_time).total_seconds())
        if skew <= _MOST_SKEW_SECONDS:
            return Found(Status.OK, "this machine and the platform agree on the time")
        return Found(Status.WARNING, f"the clocks differ by {skew:.0f} s", "set this machine's clock")

    async def _log(self) -> Found:
        try:
            async with self._client("") as client:
                answer = await client.send("GET", "/log/checkpoint")
        except AnnexError as error:
            return Found(Status.WARNING, error.message, "annex doctor --only network")
        if answer.status == HTTPStatus.OK:
            size = answer.body.split(b"\n")[1:2]
            return Found(
                Status.OK, f"it shows a signed tree of {size[0].decode('ascii', 'replace') if size else '?'}"
            )
        return Found(Status.WARNING, f"it shows no signed tree ({answer.status})", "verify later")

    async def _storage(self) -> Found:
        """Keys in files are for their owner; one that others could read may be read already."""
        files = Profiles.of(self.session.environment).files.folder
        open_ones = [path for path in sorted(files.glob("*.key")) if path.stat().st_mode & _OTHERS]
        if not open_ones:
            return Found(Status.OK, "no key is kept where others can read it")

        def close() -> None:
            for path in open_ones:
                path.chmod(_OWNER_ONLY)

        listed = ", ".join(str(path) for path in open_ones)
        return Found(Status.FAILED, f"others can read {listed}", "annex doctor --fix --only auth", close)

    async def _credential(self) -> Found:
        session = self.session
        try:
            self.credential = find_credential(
                session.credential_wish,
                Purpose.ADMINISTER,
                environment=session.environment,
                folder=session.settings.folder,
            )
        except AnnexError as error:
            first = error.message.partition(". ")[0].rstrip(".")
            return Found(Status.FAILED, first, error.hint or "annex login")
        return Found(Status.OK, self.credential.source)

    async def _accepted(self) -> Found:
        assert self.credential is not None  # noqa: S101 - this check needs that one
        credential = self.credential
        try:
            async with self.session.platform_as(
                credential.gateway_url, credential.token, tenant_id=credential.tenant_id
            ) as client:
                identity = await identity_of(client)
        except AnnexError as error:
            return Found(Status.FAILED, error.message, "annex login")
        return Found(Status.OK, identity.sentence)

    async def _keyring(self) -> Found:
        problem = await asyncio.to_thread(keyring_problem)
        if problem is None:
            return Found(Status.OK, "the system keyring can keep keys")
        kept = [one for one in _known(self.session) if one is Place.KEYRING]
        status = Status.FAILED if kept else Status.WARNING
        fix = "unlock it" if kept else "set ANNEX_TOKEN, or annex login --insecure-storage"
        return Found(status, f"the system keyring cannot be used: {problem}", fix)

    async def _python(self) -> Found:
        return Found(Status.OK, f"Python {sys.version_info.major}.{sys.version_info.minor}")

    async def _node(self) -> Found | None:
        """Only projects with a package.json build with Node."""
        if not (self.session.settings.folder / "package.json").is_file():
            return None
        program = shutil.which("node", path=self.session.environment.get("PATH"))
        if program is None:
            return Found(
                Status.FAILED, "this project has a package.json, and there is no Node", "install Node 20+"
            )
        told = await asyncio.to_thread(_told_by, program, "--version")
        major = told.lstrip("v").partition(".")[0]
        if major.isdecimal() and int(major) >= _OLDEST_NODE:
            return Found(Status.OK, f"Node {told.lstrip('v')}")
        return Found(Status.FAILED, f"Node {shown(told, limit=20) or '?'} is too old", "install Node 20+")

    async def _state(self) -> Found:
        """Try the place where attempts are kept: without one no publish begins."""
        folder = state_folder(self.session.environment)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (folder / ".writable").write_bytes(b"")
            (folder / ".writable").unlink()
        except OSError as error:
            reason = f"{folder} cannot be written: {error.strerror}"
            return Found(Status.FAILED, reason, "set XDG_STATE_HOME to a folder of yours")
        return Found(Status.OK, f"{folder} can be written")

    async def _settings(self) -> Found:
        layers = self.session.settings.layers
        warnings = layers.warnings if layers else ()
        if warnings:
            return Found(Status.WARNING, "; ".join(warnings), "annex settings list --origin")
        files = (
            [str(file.path) for file in (layers.project, layers.user) if file and file.values]
            if layers
            else []
        )
        return Found(Status.OK, f"settings of {', '.join(files)}" if files else "no settings file is used")

    async def _manifest(self) -> Found | None:
        folder = self.session.settings.folder
        if not (folder / MANIFEST_PATH).exists():
            return None
        try:
            manifest = project_manifest(folder)
        except AnnexError as error:
            return Found(Status.FAILED, error.message.splitlines()[0], "annex pack")
        return Found(Status.OK, f"{manifest.name} {manifest.version}")

    async def _ignored(self) -> Found | None:
        """Look whether what annex writes into a project would be committed."""
        folder = self.session.settings.folder
        ignore = folder / ".gitignore"
        if not (folder / MANIFEST_PATH).exists() or not (folder / ".git").exists():
            return None
        lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.is_file() else []
        if any(line.strip().strip("/") == PROJECT_STATE for line in lines):
            return Found(Status.OK, f"{PROJECT_STATE} is not committed")

        def add() -> None:
            ignore.write_text("\n".join([*lines, f"{PROJECT_STATE}/", ""]), encoding="utf-8")

        return Found(Status.WARNING, f".gitignore does not name {PROJECT_STATE}/", "annex doctor --fix", add)

    def _client(self, key: str) -> AbstractAsyncContextManager[PlatformClient]:
        return self.session.platform_as(self.gateway_url, key)

    def _place(self) -> tuple[str, int]:
        url = URL(self.gateway_url)
        return url.host or "", url.port or 443

    def _proxy(self) -> str | None:
        url = URL(self.gateway_url)
        proxy = getproxies().get(url.scheme)
        return str(URL(proxy).origin()) if proxy and not proxy_bypass(url.host or "") else None


def _known(session: Session) -> list[Place]:
    try:
        return [profile.place for profile in Profiles.of(session.environment).all().values()]
    except AnnexError:
        return []


def _told_by(program: str, argument: str) -> str:
    try:
        told = subprocess.run(  # noqa: S603 - the program is the one that PATH names
            [program, argument], capture_output=True, text=True, check=False, timeout=_PROGRAM_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip()


def _date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
