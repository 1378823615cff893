"""Parse manifest.json: strict JSON, then the model, then one sentence about the first thing to fix."""

from typing import Final

from pydantic import JsonValue, ValidationError

from annex_shared.manifest.errors import (
    ExtensionNameRefused,
    InvalidManifest,
    ManifestTooLarge,
    WildcardVersionRefused,
)
from annex_shared.manifest.model import Manifest
from annex_shared.manifest.problems import ManifestProblem, problem_of
from annex_shared.manifest.values import NAME_REFUSED, WILDCARD_REFUSED
from annex_shared.strict_json import NotStrictJson, read_strict_json

MAX_MANIFEST_BYTES: Final = 1 << 20
_MAX_LISTED = 50

_OWN_REFUSAL: dict[str, type[InvalidManifest]] = {
    NAME_REFUSED: ExtensionNameRefused,
    WILDCARD_REFUSED: WildcardVersionRefused,
}


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest; raise ManifestTooLarge or InvalidManifest naming the field and the fix."""
    if len(data) > MAX_MANIFEST_BYTES:
        raise too_large(len(data), MAX_MANIFEST_BYTES)
    try:
        document = read_strict_json(data)
    except NotStrictJson as reason:
        raise _refusal([ManifestProblem("", f"this is not usable JSON: {reason}.", "json")]) from None
    if not isinstance(document, dict):
        raise _refusal([ManifestProblem("", "the manifest must be one JSON object.", "json")])
    return _validated(document)


def too_large(size_bytes: int, limit_bytes: int) -> ManifestTooLarge:
    return ManifestTooLarge(
        f"manifest.json has {size_bytes:,} bytes; at most {limit_bytes:,} are allowed. "
        "Move data out of the manifest into the bundle's ui/ folder.",
        details={"size_bytes": size_bytes, "limit_bytes": limit_bytes},
    )


def _validated(document: dict[str, JsonValue]) -> Manifest:
    try:
        return Manifest.model_validate(document, strict=True)
    except ValidationError as error:
        findings = error.errors(include_url=False)
        raise _refusal([problem_of(finding, document) for finding in findings]) from None


def _refusal(problems: list[ManifestProblem]) -> InvalidManifest:
    """Build the refusal: the first problem speaks, the list carries them all."""
    first, others = problems[0], len(problems) - 1
    more = f" {others} more {'problem' if others == 1 else 'problems'} listed." if others else ""
    refusal = _OWN_REFUSAL.get(first.kind, InvalidManifest)
    return refusal(
        f"manifest.json: {first.message}{more}",
        details={"errors": [problem.to_detail() for problem in problems[:_MAX_LISTED]]},
    )
