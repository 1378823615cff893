"""How a service's program starts: settings from the environment, logs, serving until told to stop."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Literal, Protocol, Self, TextIO, TypeVar

import structlog

from annex_shared.http.server import serve_until_stopped
from annex_shared.observability.logs import configure_logs

log = structlog.get_logger()


class ProgramSettings(Protocol):
    """What every program's settings have."""

    service: ClassVar[str]

    @property
    def log_format(self) -> Literal["json", "console"]: ...

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> tuple[Self, list[str]]: ...


Loaded = TypeVar("Loaded", bound=ProgramSettings)


def loaded(kind: type[Loaded], environment: Mapping[str, str], *, stream: TextIO = sys.stdout) -> Loaded:
    """Read the settings and set logs up; a predecessor's name costs one warning. Raises InvalidSettings."""
    settings, warnings = kind.load(environment)
    configure_logs(kind.service, as_json=settings.log_format == "json", stream=stream)
    for warning in warnings:
        log.warning("setting_renamed", advice=warning)
    return settings


def serve(
    kind: type[Loaded],
    running: Callable[[Loaded], AbstractAsyncContextManager[int]],
    environment: Mapping[str, str],
) -> None:
    """Run the service until SIGTERM or SIGINT. Raises InvalidSettings and whatever stops its start."""
    settings = loaded(kind, environment)
    asyncio.run(serve_until_stopped(kind.service, running(settings)))
