"""W3C trace context: taken from whoever calls, made where there is none, handed on with every request.

Only the ids travel here: they join log lines, debug lines and the spans of whoever records spans.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Self

import structlog

TRACEPARENT_HEADER: Final = "traceparent"
_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SAMPLED: Final = 1
_current: ContextVar["TraceContext | None"] = ContextVar("annex_trace_context", default=None)
# Makes so many random bytes, as hex.
NewHex = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class TraceContext:
    """One place in a trace: the trace, and the span that others continue from."""

    trace_id: str
    span_id: str
    is_sampled: bool = False

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Read a traceparent of any version we can know; a malformed one is as good as none."""
        found = None if text is None else _FORM.fullmatch(text.strip())
        if found is None:
            return None
        version, trace_id, span_id, flags, rest = found.groups()
        if version == "ff" or (version == "00" and rest) or not int(trace_id, 16) or not int(span_id, 16):
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))

    @classmethod
    def continued(cls, text: str | None, *, new_hex: NewHex = secrets.token_hex) -> Self:
        """Begin a span of our own: in the trace of whoever calls, or in a new one."""
        parent = cls.parse(text)
        if parent is None:
            return cls(new_hex(16), new_hex(8))
        return cls(parent.trace_id, new_hex(8), parent.is_sampled)

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.is_sampled):02x}"


def current_traceparent() -> str | None:
    """Return what a request sent now says of where it comes from; None outside any request."""
    context = _current.get()
    return None if context is None else context.traceparent


@contextmanager
def in_trace(context: TraceContext, **facts: str) -> Iterator[None]:
    """Let everything in the block belong to a place in a trace; its log lines also carry ``facts``."""
    token = _current.set(context)
    try:
        with structlog.contextvars.bound_contextvars(
            trace_id=context.trace_id, span_id=context.span_id, **facts
        ):
            yield
    finally:
        _current.reset(token)
