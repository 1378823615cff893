"""The manifest's JSON Schema, generated from the model that validates it."""

from typing import Any

from annex_shared.manifest.model import Manifest


def manifest_json_schema() -> dict[str, Any]:
    """Generate the published schema; where JSON Schema cannot say a rule, the model is the stricter one."""
    schema = Manifest.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
