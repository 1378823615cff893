"""Read server-sent events: the fields of each, and its id where a reader resumes."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.contracts.wire import Exchanged


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event; ``kind`` is "message" unless the server named another."""

    kind: str
    data: str
    event_id: str | None


class DebugLinesPage(Exchanged):
    """The answer of the polling form."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")

    events: list[DebugEvent]
    last_id: str


async def server_events(lines: AsyncIterable[bytes]) -> AsyncIterator[ServerEvent]:
    """Yield whole events; comments keep the connection alive and say nothing."""
    fields: dict[str, str] = {}
    async for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
            continue
        if "data" in fields:
            yield ServerEvent(fields.get("event", "message"), fields["data"], fields.get("id"))
        fields = {}
