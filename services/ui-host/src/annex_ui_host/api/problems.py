"""The ui-host's errors as problem types."""

from http import HTTPStatus

from annex_shared.http.problems import Problem, ProblemTable
from annex_ui_host.domain.errors import (
    AssetNotFound,
    BundleUnreadable,
    ControlsUnavailable,
    EncodingNotAcceptable,
    HostRefused,
    IntegrityMismatch,
    KillSwitchOn,
    OriginRefused,
    PathRefused,
    PreconditionFailed,
    RangeNotSatisfiable,
    RegistryUnavailable,
    ServiceWorkerRefused,
    UiHostBusy,
    UiTooLarge,
    VersionBlocked,
    VersionNotProven,
    VersionProofPending,
)

PROBLEMS: ProblemTable = {
    PathRefused: Problem("path-refused", HTTPStatus.BAD_REQUEST, "Path refused"),
    AssetNotFound: Problem("asset-not-found", HTTPStatus.NOT_FOUND, "Asset not found"),
    VersionBlocked: Problem("version-blocked", HTTPStatus.GONE, "Version blocked"),
    IntegrityMismatch: Problem("integrity-mismatch", HTTPStatus.BAD_GATEWAY, "Integrity mismatch"),
    VersionNotProven: Problem("version-not-proven", HTTPStatus.BAD_GATEWAY, "Version not proven"),
    VersionProofPending: Problem(
        "version-proof-pending", HTTPStatus.SERVICE_UNAVAILABLE, "Version proof pending"
    ),
    BundleUnreadable: Problem("bundle-unreadable", HTTPStatus.BAD_GATEWAY, "Bundle unreadable"),
    # The predecessor answers 413 for a file over its limit, and clients know it.
    UiTooLarge: Problem("ui-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "UI too large"),
    RegistryUnavailable: Problem(
        "registry-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Registry unavailable"
    ),
    UiHostBusy: Problem("ui-host-busy", HTTPStatus.SERVICE_UNAVAILABLE, "UI host busy"),
    PreconditionFailed: Problem("precondition-failed", HTTPStatus.PRECONDITION_FAILED, "Precondition failed"),
    EncodingNotAcceptable: Problem(
        "encoding-not-acceptable", HTTPStatus.NOT_ACCEPTABLE, "Encoding not acceptable"
    ),
    RangeNotSatisfiable: Problem(
        "range-not-satisfiable", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "Range not satisfiable"
    ),
    KillSwitchOn: Problem("kill-switch-on", HTTPStatus.FORBIDDEN, "Kill switch on"),
    ControlsUnavailable: Problem(
        "controls-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Controls unavailable"
    ),
    ServiceWorkerRefused: Problem("service-worker-refused", HTTPStatus.FORBIDDEN, "Service worker refused"),
    HostRefused: Problem("host-refused", HTTPStatus.MISDIRECTED_REQUEST, "Host refused"),
    OriginRefused: Problem("origin-refused", HTTPStatus.FORBIDDEN, "Origin refused"),
}
