"""How each refusal of the gateway looks over HTTP."""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from annex_gateway.domain import errors
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.errors import AnnexError
from annex_shared.http.problems import Problem, ProblemTable

PROBLEMS: ProblemTable = {
    errors.Unauthenticated: Problem("unauthenticated", HTTPStatus.UNAUTHORIZED, "Unauthenticated"),
    errors.MixedCredentials: Problem("mixed-credentials", HTTPStatus.UNAUTHORIZED, "Mixed credentials"),
    errors.ApiKeyMalformed: Problem("api-key-malformed", HTTPStatus.UNAUTHORIZED, "API key malformed"),
    errors.ApiKeyRefused: Problem("api-key-refused", HTTPStatus.UNAUTHORIZED, "API key refused"),
    errors.ApiKeyExpired: Problem("api-key-expired", HTTPStatus.UNAUTHORIZED, "API key expired"),
    errors.ApiKeyRevoked: Problem("api-key-revoked", HTTPStatus.UNAUTHORIZED, "API key revoked"),
    errors.AuthenticationUnavailable: Problem(
        "authentication-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Authentication unavailable"
    ),
    errors.TenantMismatch: Problem("tenant-mismatch", HTTPStatus.FORBIDDEN, "Tenant mismatch"),
    errors.PermissionDenied: Problem("permission-denied", HTTPStatus.FORBIDDEN, "Permission denied"),
    errors.CallerRefused: Problem("caller-refused", HTTPStatus.FORBIDDEN, "Caller refused"),
    errors.PathRefused: Problem("path-refused", HTTPStatus.BAD_REQUEST, "Path refused"),
    errors.InvalidDeadline: Problem("invalid-deadline", HTTPStatus.BAD_REQUEST, "Invalid deadline"),
    errors.ExtensionNotInstalled: Problem(
        "extension-not-installed", HTTPStatus.NOT_FOUND, "Extension not installed"
    ),
    errors.ExtensionAmbiguous: Problem("extension-ambiguous", HTTPStatus.CONFLICT, "Extension ambiguous"),
    errors.InstallDisabled: Problem("install-disabled", HTTPStatus.FORBIDDEN, "Install disabled"),
    errors.VersionBlocked: Problem("version-blocked", HTTPStatus.FORBIDDEN, "Version blocked"),
    errors.InstallNotReady: Problem("install-not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "Install not ready"),
    errors.EndpointNotFound: Problem("endpoint-not-found", HTTPStatus.NOT_FOUND, "Endpoint not found"),
    errors.MethodNotAllowed: Problem(
        "method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "Method not allowed"
    ),
    errors.RateLimited: Problem("rate-limited", HTTPStatus.TOO_MANY_REQUESTS, "Rate limited"),
    errors.RateLimitUnavailable: Problem(
        "rate-limit-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Rate limit unavailable"
    ),
    errors.BodyTooSlow: Problem("body-too-slow", HTTPStatus.REQUEST_TIMEOUT, "Body too slow"),
    errors.RunnerUnavailable: Problem(
        "runner-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Runner unavailable"
    ),
    errors.DeadlineExceeded: Problem("deadline-exceeded", HTTPStatus.GATEWAY_TIMEOUT, "Deadline exceeded"),
    errors.GuestResponseInvalid: Problem(
        "guest-response-invalid", HTTPStatus.BAD_GATEWAY, "Guest response invalid"
    ),
    errors.ResponseTooLarge: Problem("response-too-large", HTTPStatus.BAD_GATEWAY, "Response too large"),
    errors.RegistryUnavailable: Problem(
        "registry-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Registry unavailable"
    ),
    errors.ProjectionStale: Problem("projection-stale", HTTPStatus.SERVICE_UNAVAILABLE, "Projection stale"),
    errors.ExtensionsDisabled: Problem(
        "extensions-disabled", HTTPStatus.FORBIDDEN, "Extensions are switched off"
    ),
    errors.ForeignHost: Problem("foreign-host", HTTPStatus.MISDIRECTED_REQUEST, "Foreign host"),
    errors.ForeignOrigin: Problem("foreign-origin", HTTPStatus.FORBIDDEN, "Foreign origin"),
    errors.InvalidTenantSlug: Problem("invalid-tenant-slug", HTTPStatus.BAD_REQUEST, "Invalid tenant slug"),
    errors.TenantAlreadyExists: Problem(
        "tenant-already-exists", HTTPStatus.CONFLICT, "Tenant already exists"
    ),
    errors.TenantNotFound: Problem("tenant-not-found", HTTPStatus.NOT_FOUND, "Tenant not found"),
    errors.PrincipalNotFound: Problem("principal-not-found", HTTPStatus.NOT_FOUND, "Principal not found"),
    errors.ApiKeyNotFound: Problem("api-key-not-found", HTTPStatus.NOT_FOUND, "API key not found"),
    errors.TooManyDebugSessions: Problem(
        "too-many-debug-sessions", HTTPStatus.TOO_MANY_REQUESTS, "Too many debug sessions"
    ),
    errors.DebugNotGranted: Problem("debug-not-granted", HTTPStatus.FORBIDDEN, "Debug not granted"),
    errors.AuditUnavailable: Problem(
        "audit-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Audit unavailable"
    ),
}

_PREDECESSOR_PUBLISH_ROUTES = "/api/ext-bundles/"


def headers_of(error: AnnexError) -> list[tuple[str, str]]:
    """Return the headers a refusal carries beside its document."""
    match error:
        case errors.MethodNotAllowed(allowed=allowed):
            return [("allow", ", ".join(allowed))]
        case errors.RateLimited(verdict=verdict) if verdict is not None:
            return verdict.headers()
        case _:
            return []


def predecessor_members(path: str, document: ProblemDocument) -> Mapping[str, JsonValue]:
    """Add what clients of the predecessor's publish routes look for."""
    if not path.startswith(_PREDECESSOR_PUBLISH_ROUTES):
        return {}
    return {"success": False, "error": {"code": document.code, "message": document.message}}
