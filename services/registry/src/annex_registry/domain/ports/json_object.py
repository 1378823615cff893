"""JSON as it is stored and answered."""

from pydantic import JsonValue

JsonObject = dict[str, JsonValue]
