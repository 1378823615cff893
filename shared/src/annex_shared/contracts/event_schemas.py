"""A JSON Schema of every event type, as it is on the wire."""

import inspect
from typing import Any

from annex_shared.contracts.events import PAYLOADS, CloudEvent, EventPayload

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Document = dict[str, Any]


def event_schemas() -> dict[str, Document]:
    """Return the schema of every event type, by the type."""
    return {payload.event_type: event_schema(payload) for payload in PAYLOADS}


def event_schema(payload: type[EventPayload]) -> Document:
    """Describe the whole event as it is on the wire; unknown members are allowed and to be ignored."""
    envelope = CloudEvent.model_json_schema(mode="serialization")
    members: Document = {name: _bare(member) for name, member in envelope["properties"].items()}
    members["id"] = {"type": "string", "pattern": f"^{payload.feed}/[1-9][0-9]{{0,18}}$"}
    members["source"] = {"const": f"/feeds/{payload.feed}"}
    members["type"] = {"const": payload.event_type}
    members["sequence"] = {"type": "string", "pattern": "^[0-9]{20}$"}
    # Left out when they have no value, never null.
    members |= {name: {"type": "string"} for name in ("partitionkey", "traceparent")}
    data = payload.model_json_schema(mode="serialization")
    members["data"] = _inlined(_bare(data), data.get("$defs", {}))
    return {
        "$schema": _DIALECT,
        "title": payload.event_type,
        "description": summary_of(payload),
        "type": "object",
        "required": [*envelope["required"], "specversion", "datacontenttype", "partitionkey"],
        "properties": members,
    }


def summary_of(payload: type[EventPayload]) -> str:
    """Say in one sentence when an event is sent."""
    return (inspect.getdoc(payload) or "").partition("\n")[0]


def _inlined(schema: Any, definitions: Document) -> Any:
    """Put every definition where it is used: the schema is embedded in documents with another root."""
    match schema:
        case {"$ref": str(reference)}:
            return _inlined(_bare(definitions[reference.rpartition("/")[2]]), definitions)
        case dict():
            return {name: _inlined(member, definitions) for name, member in schema.items() if name != "$defs"}
        case list():
            return [_inlined(member, definitions) for member in schema]
        case _:
            return schema


def _bare(schema: Document) -> Document:
    """Drop what pydantic derives from names, and defaults that the wire always spells out."""
    bare = {
        name: member for name, member in schema.items() if name not in ("title", "default", "description")
    }
    if "properties" in bare:
        bare["properties"] = {name: _bare(member) for name, member in bare["properties"].items()}
    return bare
