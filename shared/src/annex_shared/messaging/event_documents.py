"""What the events look like, for others: a JSON Schema of each, and one AsyncAPI document of all."""

import inspect
from typing import Any

from annex_shared.contracts.events import CONTENT_TYPE, PAYLOADS, CloudEvent, EventPayload
from annex_shared.messaging.topology import EXCHANGE

ASYNCAPI_VERSION = "3.0.0"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# The bindings of AsyncAPI to AMQP 0-9-1 have a version of their own.
_AMQP_BINDING = "0.3.0"
_UUID = "0190a000-0000-7000-8000-0000000000a1"
_EXAMPLES: dict[str, str] = {
    "publisher": "acme",
    "name": "invoice-notes",
    "tenant_id": _UUID,
    "topic": "note.created",
}

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
        "description": _first_line(payload),
        "type": "object",
        "required": [*envelope["required"], "specversion", "datacontenttype", "partitionkey"],
        "properties": members,
    }


def asyncapi_document() -> Document:
    """Describe the exchange, and the event of every type with its routing key."""
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Annex events",
            "version": "1",
            "description": (
                "Structured CloudEvents 1.0 on one topic exchange, at least once, in order within a feed. "
                "The feeds themselves are read at /api/v1/feed; a message is a hint that there is more to "
                "read. docs/events.md says how to follow them."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {payload.event_type: _channel(payload) for payload in PAYLOADS},
        "operations": {f"send.{payload.event_type}": _operation(payload) for payload in PAYLOADS},
        "components": {"messages": {payload.event_type: _message(payload) for payload in PAYLOADS}},
    }


def _channel(payload: type[EventPayload]) -> Document:
    return {
        "address": ".".join([payload.event_type, *(f"{{{field}}}" for field in payload.key_fields)]),
        "description": f"Bind `{payload.event_type}.#` to hear of all. A dot inside a word is sent as `-`.",
        "parameters": {
            field: {"description": f"`{field}` of the data.", "examples": [_EXAMPLES[field]]}
            for field in payload.key_fields
        },
        "messages": {payload.event_type: {"$ref": f"#/components/messages/{payload.event_type}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False},
                "bindingVersion": _AMQP_BINDING,
            }
        },
    }


def _operation(payload: type[EventPayload]) -> Document:
    channel = f"#/channels/{payload.event_type}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "summary": _first_line(payload),
        "messages": [{"$ref": f"{channel}/messages/{payload.event_type}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": _AMQP_BINDING}},
    }


def _message(payload: type[EventPayload]) -> Document:
    schema = event_schema(payload)
    dialect = schema.pop("$schema")
    return {
        "name": payload.event_type,
        "title": payload.__name__,
        "summary": _first_line(payload),
        "contentType": CONTENT_TYPE,
        "payload": {
            "schemaFormat": f"application/schema+json;version={_version_of(dialect)}",
            "schema": schema,
        },
    }


def _version_of(dialect: str) -> str:
    return "draft-" + dialect.removeprefix("https://json-schema.org/draft/").removesuffix("/schema")


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


def _first_line(payload: type[EventPayload]) -> str:
    return (inspect.getdoc(payload) or "").partition("\n")[0]
