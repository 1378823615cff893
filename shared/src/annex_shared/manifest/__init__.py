"""The manifest: what an extension declares, its one model, its parser and its JSON Schema."""

from annex_shared.manifest.capabilities import DEFAULT_CAPABILITIES, KNOWN_CAPABILITIES, normalise_capability
from annex_shared.manifest.config_schema import UnusableConfigSchema, checked_config_schema
from annex_shared.manifest.errors import (
    ExtensionNameRefused,
    InvalidManifest,
    ManifestTooLarge,
    WildcardVersionRefused,
)
from annex_shared.manifest.model import Endpoint, EventSubscription, Manifest, UiDeclaration
from annex_shared.manifest.parse import MAX_MANIFEST_BYTES, parse_manifest
from annex_shared.manifest.schema import manifest_json_schema

__all__ = [
    "DEFAULT_CAPABILITIES",
    "KNOWN_CAPABILITIES",
    "MAX_MANIFEST_BYTES",
    "Endpoint",
    "EventSubscription",
    "ExtensionNameRefused",
    "InvalidManifest",
    "Manifest",
    "ManifestTooLarge",
    "UiDeclaration",
    "UnusableConfigSchema",
    "WildcardVersionRefused",
    "checked_config_schema",
    "manifest_json_schema",
    "normalise_capability",
    "parse_manifest",
]
