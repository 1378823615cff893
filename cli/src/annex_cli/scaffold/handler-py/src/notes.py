"""Notes, kept in the extension's storage; each install has its own. Knows no host, so it is tested without one."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any, Protocol

NAMESPACE = "notes"
LONGEST = 500


class Storage(Protocol):
    """What notes need of the host."""

    def put_new(self, namespace: str, key: str, value: bytes) -> None: ...

    def items(self, namespace: str) -> list[tuple[str, bytes]]: ...


class NoteRefused(Exception):
    """What was sent is no note."""


def list_notes(storage: Storage) -> list[dict[str, Any]]:
    return [{"id": key, **json.loads(value)} for key, value in storage.items(NAMESPACE)]


def add_note(storage: Storage, body: object) -> dict[str, Any]:
    said = body.get("text") if isinstance(body, dict) else None
    text = said.strip() if isinstance(said, str) else ""
    if not 1 <= len(text) <= LONGEST:
        raise NoteRefused(f'A note has a "text" of 1 to {LONGEST} characters.')
    note = {"text": text, "written_at": datetime.now(UTC).isoformat()}
    # Keys are listed in order, so the oldest note comes first.
    key = f"{note['written_at']}-{uuid.uuid4()}"
    storage.put_new(NAMESPACE, key, json.dumps(note).encode())
    return {"id": key, **note}
