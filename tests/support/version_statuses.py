"""What a registry says of versions after they were published: records, and the events that announce them."""

from datetime import UTC, datetime
from uuid import UUID

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, VersionStatusChanged
from annex_shared.contracts.versions import VersionStatusRecord, VersionStatusRecords

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def a_status(
    status: str,
    *,
    serial: int,
    version_id: str | UUID,
    extension_id: str | UUID = "3e3e3e3e-3333-4333-8333-3333333333ab",
    content_hash: ContentHash | None = None,
) -> VersionStatusRecord:
    return VersionStatusRecord(
        serial=serial,
        version_id=str(version_id),
        extension_id=str(extension_id),
        publisher="acme",
        name="notes",
        version="1.0.0",
        content_hash=content_hash or ContentHash.of(b"the bundle"),
        status=status,
        reason="It loses notes.",
        recorded_at=NOON,
    )


def status_event(record: VersionStatusRecord) -> CloudEvent:
    payload = VersionStatusChanged(
        extension=f"{record.publisher}/{record.name}",
        actor="admin",
        **record.model_dump(exclude={"serial"}),
    )
    return CloudEvent.of(payload, serial=record.serial, time=NOON)


def page_of(records: list[VersionStatusRecord], *, after: int, limit: int) -> VersionStatusRecords:
    """List records as the registry does."""
    later = sorted((record for record in records if record.serial > after), key=lambda one: one.serial)
    return VersionStatusRecords(
        items=later[:limit], as_of=max((record.serial for record in records), default=0)
    )
