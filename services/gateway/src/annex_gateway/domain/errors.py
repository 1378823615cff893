"""Every refusal of the gateway, as facts; ``api/problems.py`` says how each looks over HTTP."""

from collections.abc import Sequence

from annex_gateway.domain.rate_limits import RateVerdict
from annex_shared.errors import AnnexError


class GatewayError(AnnexError):
    """The gateway refuses a request."""


class Unauthenticated(GatewayError):
    """A request carries no credential."""


class MixedCredentials(GatewayError):
    """A request carries two different credentials, so it is unclear who calls."""


class ApiKeyMalformed(GatewayError):
    """An API key is not of our form, or its checksum says it was mistyped or cut."""


class ApiKeyRefused(GatewayError):
    """An API key is not known here; whether the id or the secret is wrong is not said."""


class ApiKeyExpired(GatewayError):
    """An API key was valid once."""


class ApiKeyRevoked(GatewayError):
    """An API key was withdrawn."""


class AuthenticationUnavailable(GatewayError):
    """Keys cannot be looked up right now, so nobody new is let in."""


class TenantMismatch(GatewayError):
    """A header claims another tenant than the credential belongs to."""


class PermissionDenied(GatewayError):
    """The credential lacks a permission."""


class CallerRefused(GatewayError):
    """The service that calls has no business here."""


class PathRefused(GatewayError):
    """A request path can be read in two ways, or climbs."""


class InvalidDeadline(GatewayError):
    """``x-deadline-ms`` is not a number of milliseconds."""


class ExtensionNotInstalled(GatewayError):
    """The caller's tenant has no such extension."""


class ExtensionAmbiguous(GatewayError):
    """A bare name fits several installs of the caller's tenant."""


class InstallDisabled(GatewayError):
    """The extension is installed and switched off."""


class VersionBlocked(GatewayError):
    """The platform blocked the version: it is neither delivered nor installed nor run."""


class InstallNotReady(GatewayError):
    """The gateway does not know the endpoints of an install's version yet."""


class EndpointNotFound(GatewayError):
    """The installed version's manifest declares no such endpoint."""


class MethodNotAllowed(GatewayError):
    """The endpoint exists, for other methods."""

    def __init__(self, message: str, *, allowed: Sequence[str] = ()) -> None:
        super().__init__(message, details={"allowed": list(allowed)})
        self.allowed = tuple(allowed)


class RateLimited(GatewayError):
    """A tenant used up its calls for the moment."""

    def __init__(self, message: str, *, verdict: RateVerdict | None = None) -> None:
        super().__init__(message, retry_after_seconds=verdict.retry_after_seconds if verdict else 1)
        self.verdict = verdict


class RateLimitUnavailable(GatewayError):
    """Calls cannot be counted right now, and this deployment lets none through uncounted."""


class BodyTooSlow(GatewayError):
    """A request body did not arrive before the request's deadline."""


class RunnerUnavailable(GatewayError):
    """The runner-proxy cannot be reached or does not make sense. ``is_sent``: it may have acted."""

    def __init__(
        self, message: str, *, is_sent: bool = False, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.is_sent = is_sent


class DeadlineExceeded(GatewayError):
    """The time of a request is used up. ``is_sent``: the extension may have acted all the same."""

    def __init__(self, message: str, *, is_sent: bool = False) -> None:
        super().__init__(message)
        self.is_sent = is_sent


class InvalidIdempotencyKey(GatewayError):
    """An Idempotency-Key header is empty, too long or not printable ASCII, or two of them differ."""


class IdempotencyInProgress(GatewayError):
    """A request with the same Idempotency-Key is still running; its answer is not known yet."""


class IdempotencyKeyReused(GatewayError):
    """The same Idempotency-Key came with another request."""


class IdempotencyOutcomeUnknown(GatewayError):
    """A run with this Idempotency-Key began and nobody saw its end; it is not run again by itself."""


class IdempotentAnswerNotKept(GatewayError):
    """The run of this Idempotency-Key is done, and its answer was too large to be kept for repeats."""


class IdempotencyUnavailable(GatewayError):
    """Idempotency keys cannot be looked up right now, so no request that carries one is let through."""


class AdmissionRefused(GatewayError):
    """More calls wait for the runner than can be served soon."""


class CircuitOpen(GatewayError):
    """The platform failed again and again to run a version, so it is not tried for a moment."""


class GuestResponseInvalid(GatewayError):
    """The extension's answer cannot be sent over HTTP."""


class ResponseTooLarge(GatewayError):
    """The extension's answer is over the limit."""


class RegistryUnavailable(GatewayError):
    """The registry cannot be reached or does not make sense."""


class ProjectionStale(GatewayError):
    """The copy of the registry's state is older than it may be."""


class ExtensionsDisabled(GatewayError):
    """Extensions are switched off for the whole deployment."""


class TenantNotEntitled(GatewayError):
    """The platform switched extensions off for a tenant."""


class KillSwitchOn(GatewayError):
    """The platform stopped a tenant, an extension or a version; nothing of it is run."""


class KillSwitchNotFound(GatewayError):
    """There is no such switch, or it is off."""


class InvalidControls(GatewayError):
    """Controls that make no sense where they are set."""


class ControlsTooWide(GatewayError):
    """A tenant would allow itself more than the platform allows it."""


class ControlsChangedMeanwhile(GatewayError):
    """Somebody else changed the same controls first."""


class ControlsUnavailable(GatewayError):
    """Controls cannot be read or written right now, or have not been read for too long."""


class ForeignHost(GatewayError):
    """A request names a host that this gateway does not answer for."""


class ForeignOrigin(GatewayError):
    """A browser sent a request on behalf of a page from elsewhere."""


class InvalidTenantSlug(GatewayError):
    """A tenant slug uses other letters than ``[a-z0-9-]``."""


class TenantAlreadyExists(GatewayError):
    """A tenant id or slug is taken."""


class TenantNotFound(GatewayError):
    """There is no such tenant."""


class PrincipalNotFound(GatewayError):
    """There is no such principal in the tenant."""


class ApiKeyNotFound(GatewayError):
    """There is no API key with this id."""


class TooManyDebugSessions(GatewayError):
    """As many people watch live lines as may at once."""


class DebugNotGranted(GatewayError):
    """Neither the tenant nor the operator lets an extension's lines be watched."""


class AuditUnavailable(GatewayError):
    """Who watches cannot be recorded right now, so nobody new may."""


class ExecutionLogUnavailable(GatewayError):
    """Executions cannot be recorded or their records read right now, so nothing is run."""


class ExecutionNotRecorded(GatewayError):
    """An extension ran, and the record of it could not be written in time."""


class ExecutionNotFound(GatewayError):
    """There is no record of this execution, or none any more."""


class InvalidCursor(GatewayError):
    """A cursor is not one that a page of this list ended with."""


class QuotaExceeded(GatewayError):
    """What a tenant may use within a day or a month is used up."""


class QuotaUnavailable(GatewayError):
    """What a tenant with quotas has used is not known right now, so nothing of it is run."""


class TokenMalformed(GatewayError):
    """A bearer token is no signed JWT, names no key, or is longer than 8 KiB."""


class TokenRefused(GatewayError):
    """A bearer token does not count: signature, algorithm, type, or a claim that is missing or odd."""


class TokenExpired(GatewayError):
    """A bearer token was valid once."""


class TokenNotYetValid(GatewayError):
    """A bearer token is for later; one of two clocks is wrong."""


class TokenAudienceMismatch(GatewayError):
    """A bearer token was made for somebody else."""


class TokenIssuerUnknown(GatewayError):
    """A bearer token comes from an issuer that the operator did not allow."""


class TokenKeyUnknown(GatewayError):
    """An issuer publishes no key of the name that a bearer token gives."""


class TokenIssuerUnavailable(GatewayError):
    """The keys of a bearer token's issuer cannot be read right now."""


class TokenTenantRefused(GatewayError):
    """A bearer token names no tenant that its issuer may speak for and that exists."""


class TokenClaimsContradictory(GatewayError):
    """Claims of a bearer token contradict each other, or what is known of its principal."""


class PrincipalDisabled(GatewayError):
    """The principal of a credential was switched off."""


class PrincipalLimitReached(GatewayError):
    """A tenant has as many principals as it may."""


class SessionRefused(GatewayError):
    """A session is not known here, or was ended."""


class SessionExpired(GatewayError):
    """A session was not used for too long, is too old, or what it stood on is over."""


class CsrfTokenRefused(GatewayError):
    """A request that changes something with a session's cookie does not carry the session's token."""


class UiTokenRefused(GatewayError):
    """A UI token was not made here, or was changed."""


class UiTokenExpired(GatewayError):
    """A UI token was valid a few minutes ago."""


class UiTokenOutdated(GatewayError):
    """A UI token is for a version that the install no longer has."""


class UiTokenMisplaced(GatewayError):
    """A UI token was sent to something else than its own install's API."""


class UiTokenNeedsSession(GatewayError):
    """A UI token was asked for with a credential that none can stand on."""


class SignInLinkRefused(GatewayError):
    """A sign-in link is unknown, used or too old; which of the three is not said."""


class SignInUnavailable(GatewayError):
    """Sessions cannot be made of this credential."""


class ClientUserRefused(GatewayError):
    """A user of the client portal asks for something that is not for clients."""


class ClientUnknown(GatewayError):
    """A user of the client portal belongs to no known client."""


class ExtensionNotForClients(GatewayError):
    """The installed version has no place in the client portal."""


class GrantRefused(GatewayError):
    """Somebody gives a permission that they do not hold."""


class InvalidRoleName(GatewayError):
    """A role's name uses other letters than ``[a-z0-9-]``."""


class RoleIsBuiltIn(GatewayError):
    """A built-in role can be neither changed nor removed."""


class RoleNotFound(GatewayError):
    """The tenant has no such role."""


class RoleLimitReached(GatewayError):
    """A tenant has as many roles as it may."""


class PrincipalAlreadyExists(GatewayError):
    """The tenant has a principal of this name, or for this subject of the issuer."""
