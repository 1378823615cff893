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
    """The runner-proxy cannot be reached or does not make sense."""


class DeadlineExceeded(GatewayError):
    """The time of a request is used up."""


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
