"""Live debug: what is watched, by whom, and where a reader is."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, Self
from uuid import UUID

from annex_gateway.domain.api_keys import Identity
from annex_shared.contracts.debug_lines import DebugEvent, LineFilter
from annex_shared.ids import ExtensionId, PrincipalId, TenantId
from annex_shared.service_tokens import Caller

_CURSOR: Final = re.compile(r"([0-9]{1,19})-([0-9]{1,19})(?:~([0-9]{1,18}))?")
BEGINNING: Final = "0-0"


@dataclass(frozen=True, slots=True)
class Watched:
    """One extension of the caller's own tenant, narrowed by the filter."""

    tenant_id: TenantId
    extension_id: ExtensionId
    wanted: LineFilter
    caller: Caller


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader is in the stream, and in the ring of a runner-proxy if it read that as well."""

    entry: str = BEGINNING
    ring: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read a cursor; what is none says nothing."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            return None
        return cls(f"{found[1]}-{found[2]}", None if found[3] is None else int(found[3]))

    def at(self, entry: str) -> Self:
        return replace(self, entry=entry)

    def is_before(self, entry: str) -> bool:
        return _parts(self.entry) < _parts(entry)

    def __str__(self) -> str:
        return self.entry if self.ring is None else f"{self.entry}~{self.ring}"


def _parts(entry: str) -> tuple[int, int]:
    milliseconds, _, number = entry.partition("-")
    return int(milliseconds), int(number or 0)


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """A line as it stands in the stream; ``event`` is None for an entry that is no line, or not wanted."""

    entry: str
    event: DebugEvent | None


SessionKind = Literal["stream", "poll"]
EndReason = Literal["limit", "client", "shutdown", "refused", "slow", "error"]


@dataclass(frozen=True, slots=True)
class DebugSession:
    """Who watches what since when: the record for auditors."""

    session_id: UUID
    tenant_id: TenantId
    principal_id: PrincipalId
    key_id: str
    extension_id: ExtensionId
    wanted: LineFilter
    kind: SessionKind
    started_at: datetime

    @classmethod
    def of(
        cls,
        watched: Watched,
        identity: Identity,
        *,
        session_id: UUID,
        kind: SessionKind,
        started_at: datetime,
    ) -> Self:
        return cls(
            session_id=session_id,
            tenant_id=watched.tenant_id,
            principal_id=identity.principal_id,
            key_id=identity.key_id,
            extension_id=watched.extension_id,
            wanted=watched.wanted,
            kind=kind,
            started_at=started_at,
        )
