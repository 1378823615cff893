"""The witness put together: its key, the logs it knows, its state, and one route."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from annex_shared.clock import Clock, SystemClock
from annex_shared.http.health import health_routes
from annex_shared.http.server import build_web_app, listening
from annex_shared.settings import InvalidSettings
from annex_shared.transparency import Cosigner, NoteVerifier
from annex_shared.transparency.errors import NoteKeyMalformed
from annex_witness.actions.add_checkpoint import WitnessPorts
from annex_witness.adapters.state_directory import StateDirectory, state_directory
from annex_witness.api.problems import PROBLEMS
from annex_witness.api.routes import MAX_BODY_BYTES, witness_routes
from annex_witness.domain.memory import LogKeys, keys_by_origin
from annex_witness.settings import WitnessSettings

SERVICE = WitnessSettings.service


class StateNotWritable(Exception):
    """Nothing can be cosigned: it could not be written down."""


def build_app(ports: WitnessPorts, state: StateDirectory) -> web.Application:
    async def state_ping() -> str:
        if not await asyncio.to_thread(state.is_writable):
            raise StateNotWritable
        return "writable"

    async def logs_ping() -> str:
        return f"{len(ports.logs)} witnessed"

    return build_web_app(
        SERVICE,
        routes=[*witness_routes(ports), *health_routes({"state": state_ping, "logs": logs_ping})],
        problems=PROBLEMS,
        client_max_size=MAX_BODY_BYTES,
    )


@asynccontextmanager
async def running(settings: WitnessSettings, *, clock: Clock | None = None) -> AsyncIterator[int]:
    """Witness inside the block and yield the port. Raises InvalidSettings and StateUnusable."""
    cosigner, logs = _cosigner(settings.key_file), _logs(settings.logs_file)
    with state_directory(settings.state_dir) as state:
        for origin, keys in logs.items():
            # A state that cannot be read stops the start, not the first request a week later.
            await asyncio.to_thread(state.newest, origin, keys)
        ports = WitnessPorts(cosigner, logs, state, clock or SystemClock())
        async with listening(build_app(ports, state), host=settings.host, port=settings.port) as port:
            yield port


def _cosigner(path: Path) -> Cosigner:
    try:
        return Cosigner.parse(_text_of(path, "KEY_FILE").strip())
    except NoteKeyMalformed as error:
        raise InvalidSettings(f"KEY_FILE: {error.message}") from None


def _logs(path: Path) -> LogKeys:
    lines = (line.strip() for line in _text_of(path, "LOGS_FILE").splitlines())
    try:
        logs = keys_by_origin(NoteVerifier.parse(line) for line in lines if line and line[0] != "#")
    except NoteKeyMalformed as error:
        raise InvalidSettings(f"LOGS_FILE: {error.message}") from None
    if not logs:
        raise InvalidSettings("LOGS_FILE names no log: write the public key of each on a line.")
    return logs


def _text_of(path: Path, name: str) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise InvalidSettings(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InvalidSettings(f"{name} is not text.") from None
