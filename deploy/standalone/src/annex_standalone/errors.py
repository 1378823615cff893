"""Why the embedded platform refuses to start: one clear sentence each, nothing half-started left behind."""

from annex_shared.errors import AnnexError


class StandaloneError(AnnexError):
    """The embedded platform cannot start or was stopped by a fault of its own."""


class PortTaken(StandaloneError):
    """A port of the platform belongs to another process."""


class HomeLocked(StandaloneError):
    """Another process runs on the same data directory."""


class HomeForeign(StandaloneError):
    """The data directory was not made by Annex, belongs to somebody else, or is of a newer layout."""


class HomeUnwritable(StandaloneError):
    """The data directory cannot be created or written, or its disk is full."""


class SampleFailed(StandaloneError):
    """The sample extension could not be published, installed or called."""


class SignInLinkFailed(StandaloneError):
    """The gateway made no link to sign in with."""


class ServerEnded(StandaloneError):
    """A private server ended while the platform ran."""
