"""What the ui-host refuses, by name."""

from annex_shared.errors import AnnexError


class PathRefused(AnnexError):
    """An address is spelled in a way that could mean another place; ``details.reason`` says how."""


class AssetNotFound(AnnexError):
    """Nothing is shown at an address: not published, not this extension's, not installed, or no such file.

    One fact for all four, so that an answer tells nobody what another tenant runs.
    """

    def __init__(self, message: str = "Nothing is served at this address.") -> None:
        super().__init__(message)


class VersionBlocked(AnnexError):
    """The platform blocked the version: it is neither delivered nor installed nor run."""

    def __init__(self, message: str = "This version was blocked on this platform. It is not shown.") -> None:
        super().__init__(message)


class IntegrityMismatch(AnnexError):
    """The registry gave bytes that do not have the hash they were asked for by."""


class VersionNotProven(AnnexError):
    """The transparency log does not prove that the version is this bundle; nothing of it was loaded."""


class VersionProofPending(AnnexError):
    """The version was published just now and the log's proof of it is not there yet."""


class BundleUnreadable(AnnexError):
    """A bundle with the right hash is not an archive we read."""


class UiTooLarge(AnnexError):
    """The UI files of one bundle take more memory than one bundle may."""


class RegistryUnavailable(AnnexError):
    """The registry does not answer, and what it would say is not known here."""

    def __init__(
        self,
        message: str = "The registry cannot be asked right now, and this UI is not loaded here. Try again.",
    ) -> None:
        super().__init__(message, retry_after_seconds=2)


class UiHostBusy(AnnexError):
    """Too many different bundles are being fetched, or one takes long."""

    def __init__(self, message: str = "This UI is still being fetched. Try again.") -> None:
        super().__init__(message, retry_after_seconds=2)


class PreconditionFailed(AnnexError):
    """If-Match names no current representation."""

    def __init__(self, message: str = "The file at this address is not the one If-Match asks for.") -> None:
        super().__init__(message)


class ServiceWorkerRefused(AnnexError):
    """A script was asked for as a service worker, which would outlive the frame that asked."""

    def __init__(self, message: str = "Extension UI cannot register service workers.") -> None:
        super().__init__(message)


class HostRefused(AnnexError):
    """A request to a local-only ui-host names another host, as a rebound DNS name would."""

    def __init__(self, host: str) -> None:
        super().__init__(f"This ui-host answers only as {host}.")


class OriginRefused(AnnexError):
    """A page of a foreign origin asks a local-only ui-host."""

    def __init__(
        self, message: str = "This ui-host answers only its own frames and the pages that may frame them."
    ) -> None:
        super().__init__(message)


class EncodingNotAcceptable(AnnexError):
    """Accept-Encoding rules out every coding the file is kept in, the plain one too."""

    def __init__(
        self,
        message: str = "The file is not kept in any coding that Accept-Encoding allows. Allow identity.",
    ) -> None:
        super().__init__(message)


class RangeNotSatisfiable(AnnexError):
    """Every range that is asked for begins behind the file's end."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(
            f"The file has {size_bytes} bytes, and no range that is asked for begins inside it.",
            details={"size_bytes": size_bytes},
        )
        self.size_bytes = size_bytes


class KillSwitchOn(AnnexError):
    """Whoever operates the platform stopped the extension or the version everywhere."""

    def __init__(self, message: str = "This extension is stopped on this platform. It is not shown.") -> None:
        super().__init__(message)


class ControlsUnavailable(AnnexError):
    """What administrators allow cannot be read, and was not read for too long."""

    def __init__(
        self,
        message: str = "What administrators allow cannot be read right now, so nothing is shown to a tenant; "
        "the fault is ours. Try again.",
    ) -> None:
        super().__init__(message, retry_after_seconds=2)
