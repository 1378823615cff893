"""What a call left behind beside its answer: the lines it wrote, and what the platform recorded of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.errors import PlatformRefused
from annex_cli.execution_views import ExecutionView
from annex_cli.extension_requests import execution
from annex_cli.log_lines import LineOutput
from annex_cli.request_lines import lines_of_request
from annex_cli.session import Session
from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef

SHOWN: Final = frozenset({"logs", "host-calls"})
_COUNTED: Final = ("host_calls", "subrequests", "egress_bytes", "log_bytes")
_NOT_ALLOWED_OR_THERE = frozenset({403, 404})


@dataclass(frozen=True, slots=True)
class CallTrace:
    """``shows`` is what was asked for; what is None could not be read."""

    shows: frozenset[str] = frozenset()
    lines: list[DebugEvent] | None = None
    execution: ExecutionView | None = None

    def told(self, session: Session) -> Iterator[str]:
        """Write it for a person."""
        if "logs" in self.shows:
            yield from self._told_lines(session)
        if "host-calls" in self.shows:
            yield self._told_host_calls()

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {}
        if "logs" in self.shows:
            document["logs"] = (
                None if self.lines is None else [event.model_dump(mode="json") for event in self.lines]
            )
        if "host-calls" in self.shows:
            document["execution"] = None if self.execution is None else self.execution.to_document()
        return document

    def _told_lines(self, session: Session) -> Iterator[str]:
        if self.lines is None:
            yield "logs       not shown: that takes the permission extension:debug and the grant debug.logs"
        elif not self.lines:
            yield "logs       none are kept of this call"
        else:
            yield from map(LineOutput(session.terminal).columns, self.lines)

    def _told_host_calls(self) -> str:
        if self.execution is None:
            return "host calls not known: nothing is recorded of this call, or not for you"
        usage = self.execution.usage or {}
        counted = [
            f"{name.replace('_', ' ')} {shown(str(usage[name]))}"
            for name in _COUNTED
            if usage.get(name) is not None
        ]
        facts: Iterable[str] = (*counted, f"effects {shown(str(self.execution.effects or 0))}")
        return f"execution  {self.execution.execution_id}   {', '.join(facts)}"


async def trace_of(
    session: Session,
    extension: str,
    shows: frozenset[str],
    *,
    request_id: str | None,
    execution_id: str | None,
) -> CallTrace:
    """Read what was asked for of a request that has just been answered."""
    if not shows:
        return CallTrace()
    named = ExtensionRef.parse(extension).segment if "/" in extension else extension
    lines = None
    if "logs" in shows:
        lines = await lines_of_request(session, named, request_id, is_just_now=True)
    recorded = await _recorded(session, execution_id) if "host-calls" in shows else None
    return CallTrace(shows, lines, recorded)


async def _recorded(session: Session, execution_id: str | None) -> ExecutionView | None:
    """Read the record of a call, None where there is none, or none for the caller."""
    if execution_id is None:
        return None
    async with session.platform(Purpose.USE) as client:
        try:
            return await execution(client, execution_id)
        except PlatformRefused as refused:
            if refused.document.status in _NOT_ALLOWED_OR_THERE:
                return None
            raise
