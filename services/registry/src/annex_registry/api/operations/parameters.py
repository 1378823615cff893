"""Parameters that several operations share, and what stands in the paths."""

from annex_registry.domain import errors
from annex_shared.content_hash import ContentHash
from annex_shared.http.operations import TEXT, Parameter, Schema
from annex_shared.http.problems import InvalidRequest

UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
HASH_TEXT: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
_EXAMPLE_HASH = str(ContentHash(bytes(32)))


def _in_path(name: str, description: str, schema: Schema = TEXT) -> Parameter:
    return Parameter(name, description, place="path", schema=schema, is_required=True)


PATH_PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        _in_path(
            "extension",
            "One segment: the extension's id, the id of an own install, `publisher.name`, or the bare name "
            "where it is unambiguous among the tenant's installs.",
        ),
        _in_path("publisher", "The publisher's slug."),
        _in_path("name", "The extension's name in its publisher's namespace; of a secret: its name."),
        _in_path("version", "A SemVer version number; build metadata makes no difference."),
        _in_path("content_hash", f"Such as `{_EXAMPLE_HASH}`.", HASH_TEXT),
        _in_path(
            "hex", "The 64 hex digits of a content hash.", {"type": "string", "pattern": "^[0-9a-f]{64}$"}
        ),
        _in_path("tenant_id", "The tenant's id.", UUID_TEXT),
        _in_path("extension_id", "The extension's id.", UUID_TEXT),
        _in_path("install_id", "The install's id.", UUID_TEXT),
        _in_path("upload_id", "The upload's id.", UUID_TEXT),
        _in_path("slug", "The publisher's slug."),
        _in_path("key_id", "The first 16 hex digits of SHA-256 over the key's SPKI DER."),
        _in_path("path", "A path in the bundle, slashes included."),
        _in_path(
            "index",
            "The index of a leaf, beginning at 0.",
            {"type": "string", "pattern": "^(0|[1-9][0-9]{0,17})$"},
        ),
        _in_path("trusted_id", "The trusted publisher's id.", UUID_TEXT),
        _in_path("place", "A tile's place as c2sp.org/tlog-tiles writes it, slashes included."),
    )
}

CURSOR = Parameter(
    "cursor", "`next_cursor` of the page before; none begins at the top.", refusals=(errors.InvalidCursor,)
)
KNOWN_TAG = Parameter("if-none-match", "The ETag of a copy the caller holds.", place="header")
RANGE = Parameter(
    "range",
    "One range of bytes; several are answered with the whole.",
    place="header",
    refusals=(errors.RangeNotSatisfiable,),
)
IDEMPOTENCY_KEY = Parameter(
    "idempotency-key",
    "1 to 255 printable ASCII characters: repeats with it are the same attempt and hear the same answer.",
    place="header",
)


def limit(*, default: int, maximum: int) -> Parameter:
    return Parameter(
        "limit",
        "How many items a page holds at most.",
        schema={"type": "integer", "minimum": 1, "maximum": maximum, "default": default},
        refusals=(InvalidRequest,),
    )


def serial(name: str, description: str) -> Parameter:
    schema: Schema = {"type": "integer", "minimum": 0, "default": 0}
    return Parameter(name, description, schema=schema, refusals=(InvalidRequest,))
