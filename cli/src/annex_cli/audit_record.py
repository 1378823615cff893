"""The record of who changed what about who may do what; what a platform of another age adds is no fault."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from annex_cli.config_edits import written
from annex_cli.extension_requests import Query, target_of
from annex_cli.platform_client import PlatformClient, read_answer
from annex_cli.presenting import moment
from annex_cli.table import text_table
from annex_shared.contracts.wire import Exchanged
from annex_shared.display_text import shown

_HEAD = ("NUMBER", "WHEN", "CHANGE", "SUBJECT", "BY", "DETAILS")
_PLATFORM = "the platform"


class RecordedChange(Exchanged):
    """One entry; ``actor_principal_id`` is None for the platform itself."""

    number: int
    change: str
    tenant_id: str
    subject: str
    actor_principal_id: str | None
    actor_credential: str
    request_id: str
    at: datetime
    details: dict[str, JsonValue]

    def cells(self) -> tuple[str, ...]:
        return (
            str(self.number),
            moment(self.at),
            shown(self.change, limit=40),
            shown(self.subject, limit=80),
            shown(self.actor_principal_id or _PLATFORM, limit=40),
            shown(_told(self.details), limit=160),
        )


class RecordedChanges(Exchanged):
    """Newest first; ``next_before`` is None on the last page."""

    items: list[RecordedChange]
    next_before: int | None


async def recorded_changes(client: PlatformClient, query: Query) -> RecordedChanges:
    """Read one page. Raises what the client raises."""
    answer = await client.request("GET", target_of("/api/v1/audit", query))
    return read_answer(RecordedChanges, answer)


def changes_text(items: Sequence[RecordedChange], *, width: int | None) -> str:
    return text_table(_HEAD, [item.cells() for item in items], width=width) if items else "No change fits."


def _told(details: Mapping[str, JsonValue]) -> str:
    return ", ".join(f"{name}={written(value)}" for name, value in details.items())
