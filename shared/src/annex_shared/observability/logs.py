"""Structured logs: one set-up for every program; JSON lines, or columns on a terminal."""

import json
import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import TextIO

import structlog
from structlog.typing import Processor

# Local variables hold bodies, tokens and secrets, so no traceback shows them.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logs(service: str, *, as_json: bool, stream: TextIO = sys.stdout, level: str = "info") -> None:
    """Send structlog events of this process to ``stream``; every line carries the service's name.

    Lines of libraries take the same form, as events named ``library_log``, from warnings upwards.
    """
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_json)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _TRACEBACKS if as_json else _keep,
        _name_service(service),
    ]
    structlog.configure(
        processors=[*common, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    _adopt_library_logs(stream, [_name_library, *common], renderer)


class _LibraryLines(logging.StreamHandler[TextIO]):
    """The one handler of ours on the root logger."""


def _adopt_library_logs(stream: TextIO, common: list[Processor], renderer: Processor) -> None:
    handler = _LibraryLines(stream)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for former in [former for former in root.handlers if isinstance(former, _LibraryLines)]:
        root.removeHandler(former)
    root.addHandler(handler)


def _json(event: object, *, default: Callable[[object], object]) -> str:
    return _encoder(default).encode(event)


@lru_cache(maxsize=4)
def _encoder(default: Callable[[object], object]) -> json.JSONEncoder:
    """Keep the encoder: ``json.dumps`` makes one for every line as soon as it is told a default."""
    return json.JSONEncoder(default=default)


def _name_library(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Make a library's sentence a field: event names are ours and never change."""
    record: logging.LogRecord = event["_record"]
    return {**event, "event": "library_log", "library": record.name, "message": event["event"]}


def _keep(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return event


def _name_service(service: str) -> Processor:
    def name(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("service", service)
        return event

    return name
