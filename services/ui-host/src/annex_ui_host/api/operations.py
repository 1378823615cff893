"""What each route of the ui-host promises; docs/api/ui-host.openapi.json is made from it."""

from annex_shared.http.health import HEALTH_OPERATIONS, METRICS_OPERATIONS
from annex_shared.http.openapi_routes import DOCUMENT_OPERATIONS
from annex_shared.http.operations import Access, Answer, ApiDescription, Operation, Operations, Parameter
from annex_ui_host.api.problems import PROBLEMS
from annex_ui_host.domain import errors

_DESCRIPTION = """\
Files of published bundles, for browsers, on an origin of its own. Every answer is public; with a tenant
named, only what that tenant has installed and enabled, and nobody stopped, is shown.

Refusals are problem documents (RFC 9457); docs/errors.md explains each code. GET addresses answer HEAD too.
"""
_ASSET_HEADERS = {
    "etag": "Strong; names the file's bytes.",
    "cache-control": "Immutable: the bytes of an address never change.",
    "content-security-policy": "Of documents: only files of their own bundle.",
    "vary": "What the answer may depend on.",
}

UI_OPERATIONS: Operations = {
    "GET /ext-ui/{extension}/{content_hash}/{path}": Operation(
        id="get_asset",
        summary="One file of one published bundle",
        tag="ui",
        description="A page that is not there is answered with the entry document, for HTML only.",
        access=Access.OPEN,
        parameters=(
            Parameter("tenant", "Show it only if this tenant has it installed and enabled."),
            Parameter("x-tenant-id", "The same, as a header.", "header"),
            Parameter("if-none-match", "ETags of copies the caller holds.", "header"),
            Parameter("if-match", "ETags of which one must be current.", "header"),
            Parameter("accept-encoding", "br, zstd and gzip are kept where they are smaller.", "header"),
            Parameter("range", "Parts of the plain file, four that do not overlap at most.", "header"),
            Parameter("if-range", "The ETag of the file that a part is wanted of.", "header"),
        ),
        answers=(
            Answer(200, "The file.", media_type="*/*", headers=_ASSET_HEADERS),
            Answer(206, "Part of the file, or several.", media_type="*/*", headers=_ASSET_HEADERS),
            Answer(304, "The caller's copy is the same.", headers=_ASSET_HEADERS),
        ),
        refusals=(
            errors.PathRefused,
            errors.AssetNotFound,
            errors.VersionBlocked,
            errors.IntegrityMismatch,
            errors.VersionNotProven,
            errors.VersionProofPending,
            errors.BundleUnreadable,
            errors.UiTooLarge,
            errors.RegistryUnavailable,
            errors.UiHostBusy,
            errors.PreconditionFailed,
            errors.EncodingNotAcceptable,
            errors.RangeNotSatisfiable,
            errors.KillSwitchOn,
            errors.ControlsUnavailable,
            errors.ServiceWorkerRefused,
            errors.HostRefused,
            errors.OriginRefused,
        ),
    ),
    **HEALTH_OPERATIONS,
    **METRICS_OPERATIONS,
    **DOCUMENT_OPERATIONS,
}

UI_HOST_API = ApiDescription(
    service="ui-host",
    title="Annex ui-host",
    description=_DESCRIPTION,
    where="services/ui-host/src/annex_ui_host/api/operations.py",
    operations=UI_OPERATIONS,
    problems=PROBLEMS,
    tags={"ui": "Files of extensions.", "health": "For those who operate the service."},
    path_parameters={
        "extension": Parameter("extension", "The extension's id, or `publisher.name`.", "path"),
        "content_hash": Parameter("content_hash", "`sha256:` and 64 hex digits.", "path"),
        "path": Parameter("path", "The file's path below `ui/`, slashes included.", "path"),
    },
)
