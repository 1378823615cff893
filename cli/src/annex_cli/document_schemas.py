"""The JSON Schema of what a command prints with --json, made from the table of documents."""

from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from annex_cli.documents.table import DOCUMENTS, STREAMS, Kind
from annex_cli.output import SCHEMA

_DIALECT: Final = GenerateJsonSchema.schema_dialect
_WARNINGS: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
    },
}
_ERROR: Final = {
    "type": "object",
    "required": ["code", "message", "retryable", "details"],
    "properties": {
        "code": {"type": "string", "description": "One meaning, for ever; `annex explain CODE` has it."},
        "message": {"type": "string"},
        "hint": {"type": "string"},
        "docs": {"type": "string"},
        "request_id": {"type": "string"},
        "http_status": {"type": "integer"},
        "retryable": {"type": "boolean"},
        "details": {"type": "object"},
        "credential": {"type": "string", "description": "What was used, where it decided (exit code 4)."},
    },
}


def document_names() -> list[str]:
    """Every command with a schema of its own."""
    return sorted({*(name for name, kind in DOCUMENTS.items() if kind is not None), *STREAMS})


def schema_of(command: str) -> dict[str, Any]:
    """Write the schema of one command's document, or of each line of its stream, or of what may be both."""
    document, lines = DOCUMENTS.get(command), STREAMS.get(command)
    title = f"annex {command} --json"
    if document is None:
        data, definitions = _described(lines)
        whole = {"title": f"{title}, each line", **data}
    else:
        data, definitions = _described(document)
        forms = [_success(command, data), _failure({"const": command})]
        if lines is not None:
            line, more = _described(lines)
            forms.append({"description": "Each line, where it goes on.", **line})
            definitions |= more
        whole = {"title": title, "oneOf": forms}
    return {"$schema": _DIALECT, **whole, **({"$defs": definitions} if definitions else {})}


def general_schema() -> dict[str, Any]:
    """Write what holds for the document of every command, also of one that does not exist."""
    name = {"type": ["string", "null"], "description": "null where the command line names none."}
    return {
        "$schema": _DIALECT,
        "title": "annex --json",
        "oneOf": [_success(None, {"type": "object"}), _failure(name)],
    }


def _described(kind: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    schema = TypeAdapter(kind).json_schema(mode="serialization")
    return schema, schema.pop("$defs", {})


def _success(command: str | None, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["schema", "command", "ok", "data", "warnings"],
        "properties": {
            "schema": {"const": SCHEMA},
            "command": {"type": "string"} if command is None else {"const": command},
            "ok": {"const": True},
            "data": data,
            "warnings": _WARNINGS,
        },
    }


def _failure(command: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["schema", "command", "ok", "error", "warnings"],
        "properties": {
            "schema": {"const": SCHEMA},
            "command": command,
            "ok": {"const": False},
            "error": _ERROR,
            "data": {"type": "object", "description": "What was found before the failure, where it helps."},
            "warnings": _WARNINGS,
        },
    }
