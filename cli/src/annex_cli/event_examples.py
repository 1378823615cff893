"""An event of every type, as the documentation shows it; test events are made of these."""

from collections.abc import Mapping
from datetime import UTC, datetime

from annex_cli.errors import InvalidUsage
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import (
    EXTENSIONS_FEED,
    PAYLOADS,
    CloudEvent,
    EventPayload,
    ExtensionEvent,
    InstallChange,
    InstallChanged,
    VersionPublished,
    VersionStatusChanged,
)
from annex_shared.display_text import shown

_NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_TENANT, _INSTALL, _EXTENSION, _VERSION = (
    f"0190a000-0000-7000-8000-0000000000{end}" for end in ("a1", "b1", "e1", "f1")
)
_HASH = ContentHash.parse("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
_PUBLISHED = VersionPublished(
    extension="acme/invoice-notes",
    extension_id=_EXTENSION,
    publisher="acme",
    name="invoice-notes",
    version_id=_VERSION,
    version="1.4.0",
    content_hash=_HASH,
    size_bytes=412_000,
    published_at=_NOON,
    signer="7f3a1c2b9d8e4f50",
    has_ui=True,
    has_handler=True,
    log_index=80,
)
_STATUS = VersionStatusChanged(
    extension="acme/invoice-notes",
    extension_id=_EXTENSION,
    publisher="acme",
    name="invoice-notes",
    version_id=_VERSION,
    version="1.4.0",
    content_hash=_HASH,
    status="yanked",
    reason="It loses notes.",
    actor="key:0190a000",
    recorded_at=_NOON.replace(second=2),
    log_index=42,
)
_INSTALL_CHANGED = InstallChanged(
    change=InstallChange.UPDATED,
    tenant_id=_TENANT,
    install_id=_INSTALL,
    extension="acme/invoice-notes",
    extension_id=_EXTENSION,
    version_id=_VERSION,
    version="1.4.0",
    content_hash=_HASH,
    is_enabled=True,
    revision=2,
    config_version=1,
    secrets_version=0,
)
_SAID = ExtensionEvent(
    tenant_id=_TENANT,
    install_id=_INSTALL,
    extension="acme/invoice-notes",
    extension_id=_EXTENSION,
    publisher="acme",
    name="invoice-notes",
    topic="note.created",
    payload={"note": 7},
)
EXAMPLES: Mapping[str, CloudEvent] = {
    event.type: event
    for event in (
        CloudEvent.of(_PUBLISHED, serial=42, time=_NOON),
        CloudEvent.of(_STATUS, serial=43, time=_NOON.replace(second=2)),
        CloudEvent.of(_INSTALL_CHANGED, serial=7, time=_NOON.replace(second=3)),
        CloudEvent.of(_SAID, serial=12, time=_NOON.replace(second=4)),
    )
}
PAYLOAD_OF: Mapping[str, type[EventPayload]] = {payload.event_type: payload for payload in PAYLOADS}
# Feeds that can be read; events of extensions go to subscriptions.
READABLE_FEEDS = tuple(dict.fromkeys(one.feed for one in PAYLOADS if one.feed != EXTENSIONS_FEED))


def payload_of(event_type: str) -> type[EventPayload]:
    """Find a type by its name. Raises InvalidUsage that names those there are."""
    found = PAYLOAD_OF.get(event_type)
    if found is None:
        raise InvalidUsage(
            f'There is no event type "{shown(event_type, limit=80)}"; there are {", ".join(PAYLOAD_OF)}.',
            hint="annex events types",
        )
    return found
