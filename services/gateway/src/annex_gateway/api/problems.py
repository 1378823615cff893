"""How each refusal of the gateway looks over HTTP."""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from annex_gateway.domain import errors
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.errors import AnnexError
from annex_shared.host_patterns import InvalidHostPattern
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
    errors.InvalidIdempotencyKey: Problem(
        "invalid-idempotency-key", HTTPStatus.BAD_REQUEST, "Invalid idempotency key"
    ),
    errors.IdempotencyInProgress: Problem(
        "idempotency-in-progress", HTTPStatus.CONFLICT, "Idempotency in progress"
    ),
    errors.IdempotencyKeyReused: Problem(
        "idempotency-key-reused", HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency key reused"
    ),
    errors.IdempotencyOutcomeUnknown: Problem(
        "idempotency-outcome-unknown", HTTPStatus.CONFLICT, "Idempotency outcome unknown"
    ),
    errors.IdempotentAnswerNotKept: Problem(
        "idempotent-answer-not-kept", HTTPStatus.CONFLICT, "Idempotent answer not kept"
    ),
    errors.IdempotencyUnavailable: Problem(
        "idempotency-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Idempotency unavailable"
    ),
    errors.AdmissionRefused: Problem(
        "admission-refused", HTTPStatus.SERVICE_UNAVAILABLE, "Admission refused"
    ),
    errors.CircuitOpen: Problem("circuit-open", HTTPStatus.SERVICE_UNAVAILABLE, "Circuit open"),
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
    errors.TenantNotEntitled: Problem("tenant-not-entitled", HTTPStatus.FORBIDDEN, "Tenant not entitled"),
    errors.KillSwitchOn: Problem("kill-switch-on", HTTPStatus.FORBIDDEN, "Kill switch on"),
    errors.KillSwitchNotFound: Problem(
        "kill-switch-not-found", HTTPStatus.NOT_FOUND, "Kill switch not found"
    ),
    errors.InvalidControls: Problem("invalid-controls", HTTPStatus.BAD_REQUEST, "Invalid controls"),
    errors.ControlsTooWide: Problem("controls-too-wide", HTTPStatus.FORBIDDEN, "Controls too wide"),
    errors.ControlsChangedMeanwhile: Problem(
        "controls-changed-meanwhile", HTTPStatus.CONFLICT, "Controls changed meanwhile"
    ),
    errors.ControlsUnavailable: Problem(
        "controls-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Controls unavailable"
    ),
    InvalidHostPattern: Problem("invalid-host-pattern", HTTPStatus.BAD_REQUEST, "Invalid host pattern"),
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
    errors.ExecutionLogUnavailable: Problem(
        "execution-log-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Execution log unavailable"
    ),
    # Not one of the statuses that ask for another try: the extension ran.
    errors.ExecutionNotRecorded: Problem(
        "execution-not-recorded", HTTPStatus.INTERNAL_SERVER_ERROR, "Execution not recorded"
    ),
    errors.ExecutionNotFound: Problem("execution-not-found", HTTPStatus.NOT_FOUND, "Execution not found"),
    errors.InvalidCursor: Problem("invalid-cursor", HTTPStatus.BAD_REQUEST, "Invalid cursor"),
    errors.QuotaExceeded: Problem("quota-exceeded", HTTPStatus.TOO_MANY_REQUESTS, "Quota exceeded"),
    errors.QuotaUnavailable: Problem(
        "quota-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Quota unavailable"
    ),
    errors.TokenMalformed: Problem("token-malformed", HTTPStatus.UNAUTHORIZED, "Token malformed"),
    errors.TokenRefused: Problem("token-refused", HTTPStatus.UNAUTHORIZED, "Token refused"),
    errors.TokenExpired: Problem("token-expired", HTTPStatus.UNAUTHORIZED, "Token expired"),
    errors.TokenNotYetValid: Problem("token-not-yet-valid", HTTPStatus.UNAUTHORIZED, "Token not yet valid"),
    errors.TokenAudienceMismatch: Problem(
        "token-audience-mismatch", HTTPStatus.UNAUTHORIZED, "Token audience mismatch"
    ),
    errors.TokenIssuerUnknown: Problem(
        "token-issuer-unknown", HTTPStatus.UNAUTHORIZED, "Token issuer unknown"
    ),
    errors.TokenKeyUnknown: Problem("token-key-unknown", HTTPStatus.UNAUTHORIZED, "Token key unknown"),
    errors.TokenIssuerUnavailable: Problem(
        "token-issuer-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Token issuer unavailable"
    ),
    errors.TokenTenantRefused: Problem("token-tenant-refused", HTTPStatus.FORBIDDEN, "Token tenant refused"),
    errors.TokenClaimsContradictory: Problem(
        "token-claims-contradictory", HTTPStatus.UNAUTHORIZED, "Token claims contradictory"
    ),
    errors.PrincipalDisabled: Problem("principal-disabled", HTTPStatus.FORBIDDEN, "Principal disabled"),
    errors.PrincipalLimitReached: Problem(
        "principal-limit-reached", HTTPStatus.FORBIDDEN, "Principal limit reached"
    ),
    errors.SessionRefused: Problem("session-refused", HTTPStatus.UNAUTHORIZED, "Session refused"),
    errors.SessionExpired: Problem("session-expired", HTTPStatus.UNAUTHORIZED, "Session expired"),
    errors.CsrfTokenRefused: Problem("csrf-token-refused", HTTPStatus.FORBIDDEN, "CSRF token refused"),
    errors.UiTokenRefused: Problem("ui-token-refused", HTTPStatus.UNAUTHORIZED, "UI token refused"),
    errors.UiTokenExpired: Problem("ui-token-expired", HTTPStatus.UNAUTHORIZED, "UI token expired"),
    errors.UiTokenOutdated: Problem("ui-token-outdated", HTTPStatus.UNAUTHORIZED, "UI token outdated"),
    errors.UiTokenMisplaced: Problem("ui-token-misplaced", HTTPStatus.FORBIDDEN, "UI token misplaced"),
    errors.UiTokenNeedsSession: Problem(
        "ui-token-needs-session", HTTPStatus.FORBIDDEN, "UI token needs a session"
    ),
    errors.SignInLinkRefused: Problem(
        "sign-in-link-refused", HTTPStatus.UNAUTHORIZED, "Sign-in link refused"
    ),
    errors.SignInUnavailable: Problem("sign-in-unavailable", HTTPStatus.FORBIDDEN, "Sign-in unavailable"),
    errors.ClientUserRefused: Problem("client-user-refused", HTTPStatus.FORBIDDEN, "Client user refused"),
    errors.ClientUnknown: Problem("client-unknown", HTTPStatus.FORBIDDEN, "Client unknown"),
    errors.ExtensionNotForClients: Problem(
        "extension-not-for-clients", HTTPStatus.FORBIDDEN, "Extension not for clients"
    ),
    errors.GrantRefused: Problem("grant-refused", HTTPStatus.FORBIDDEN, "Grant refused"),
    errors.InvalidRoleName: Problem("invalid-role-name", HTTPStatus.BAD_REQUEST, "Invalid role name"),
    errors.RoleIsBuiltIn: Problem("role-is-built-in", HTTPStatus.CONFLICT, "Role is built in"),
    errors.RoleNotFound: Problem("role-not-found", HTTPStatus.NOT_FOUND, "Role not found"),
    errors.RoleLimitReached: Problem("role-limit-reached", HTTPStatus.CONFLICT, "Role limit reached"),
    errors.PrincipalAlreadyExists: Problem(
        "principal-already-exists", HTTPStatus.CONFLICT, "Principal already exists"
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
