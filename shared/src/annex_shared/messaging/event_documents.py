"""What the events look like, for others: one AsyncAPI document of all of them."""

from annex_shared.contracts.event_schemas import Document, event_schema, summary_of
from annex_shared.contracts.events import CONTENT_TYPE, PAYLOADS, EventPayload
from annex_shared.messaging.topology import EXCHANGE

ASYNCAPI_VERSION = "3.0.0"
# The bindings of AsyncAPI to AMQP 0-9-1 have a version of their own.
_AMQP_BINDING = "0.3.0"
_UUID = "0190a000-0000-7000-8000-0000000000a1"
_EXAMPLES: dict[str, str] = {
    "publisher": "acme",
    "name": "invoice-notes",
    "tenant_id": _UUID,
    "topic": "note.created",
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
        "summary": summary_of(payload),
        "messages": [{"$ref": f"{channel}/messages/{payload.event_type}"}],
        "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": _AMQP_BINDING}},
    }


def _message(payload: type[EventPayload]) -> Document:
    schema = event_schema(payload)
    dialect = schema.pop("$schema")
    return {
        "name": payload.event_type,
        "title": payload.__name__,
        "summary": summary_of(payload),
        "contentType": CONTENT_TYPE,
        "payload": {
            "schemaFormat": f"application/schema+json;version={_version_of(dialect)}",
            "schema": schema,
        },
    }


def _version_of(dialect: str) -> str:
    return "draft-" + dialect.removeprefix("https://json-schema.org/draft/").removesuffix("/schema")
