"""What can stop a command, each a fact; the exit code and the error block are made from these."""

from annex_shared.contracts.problems import ProblemDocument
from annex_shared.errors import AnnexError


class PlatformRefused(AnnexError):
    """The platform answered with a problem; ``document`` is its own."""

    def __init__(self, document: ProblemDocument, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(
            document.detail,
            details=document.details,
            hint=document.hint,
            retry_after_seconds=retry_after_seconds,
        )
        self.document = document

    @property
    def code(self) -> str:
        return self.document.code


class PlatformUnreachable(AnnexError):
    """No answer came; ``is_sent`` says whether the request may have been done all the same.

    ``phase`` is where it ended: resolve, connect, TLS or wait.
    """

    def __init__(
        self, message: str, *, is_sent: bool, phase: str = "wait", host: str = "", proxy: str | None = None
    ) -> None:
        super().__init__(
            message,
            details={"host": host, "phase": phase, "proxy": proxy},
            hint="annex doctor --only network",
        )
        self.is_sent = is_sent


class AnswerNotUnderstood(AnnexError):
    """Something answered that is not this platform: a proxy's page, another service, another protocol."""


# Publishing.


class AttemptNotKept(AnnexError):
    """An attempt cannot be written to the state folder, so it was not begun."""


class PublishInProgress(AnnexError):
    """Another process on this machine is publishing the same bundle."""


class NothingPublished(AnnexError):
    """The answer was lost, and the platform confirmed that the attempt can no longer land."""


class OutcomeUnknown(AnnexError):
    """A change was sent, no answer came, and the platform could not be asked what became of it."""


# Using the command line.


class InvalidUsage(AnnexError):
    """An input is missing or cannot be what it should be."""


class InvalidInstallConfig(AnnexError):
    """A setting of an install cannot be what the version's schema says it is."""


class SettingRefused(AnnexError):
    """A settings file sets what it may not, or what no setting is."""


class CodeNotKnown(AnnexError):
    """This version of annex knows no problem of that code."""


class DeviceCodeExpired(AnnexError):
    """Nobody approved the code of a login in time."""


class ProfileNotFound(AnnexError):
    """No login is kept under the name of the profile that was asked for."""


class KeyringUnavailable(AnnexError):
    """The system offers no keyring that a key could be kept in, or it is locked."""

    @classmethod
    def because(cls, reason: str) -> "KeyringUnavailable":
        """Name the three ways out; a key is never written into a plain file unasked."""
        return cls(
            f"The system keyring cannot be used: {reason or 'it is locked'}.\n"
            "Set ANNEX_TOKEN where annex runs; or unlock the keyring and run the same again; "
            "or keep the key in a file that only you can read.",
            hint="annex login --insecure-storage",
        )


class LoginRefused(AnnexError):
    """The platform does not accept the key that was to be kept; nothing was kept."""


class CredentialMissing(AnnexError):
    """No token was found in any of the places annex looks."""


class CredentialUnreadable(AnnexError):
    """A token file is named and does not hold a usable token."""


class CiIdentityUnavailable(AnnexError):
    """This is no build with an identity of its own, or its CI gave no id token."""


class FileNotUsable(AnnexError):
    """A file that the command needs cannot be read or written."""


class NotReproducible(AnnexError):
    """Packing the same folder twice gave different bytes."""


class BuildNotDeclared(AnnexError):
    """A project does not say how it is built."""


class FolderNotEmpty(AnnexError):
    """A new project would be written among files that are there already."""


class BuildToolMissing(AnnexError):
    """A program that a build needs is not on this machine."""


class BuildFailed(AnnexError):
    """A project's build failed, or wrote nothing; ``details`` has its last lines."""


class ConsentRequired(AnnexError):
    """An extension asks for capabilities nobody has agreed to; ``hint`` is the command that does."""


class HandlerFailed(AnnexError):
    """An extension's handler answered with a failure of its own."""


class DebugSessionEnded(AnnexError):
    """The platform ended a live debug session: its time was up."""


class PublisherNotNamed(AnnexError):
    """The manifest names no publisher where one is needed."""


class VersionAlreadyExists(AnnexError):
    """A version number is spent; found by reading, before anything was sent."""


class VerificationFailed(AnnexError):
    """A claim about a bundle or an extension is broken; the claims were shown before."""


class LogPartMissing(AnnexError):
    """The log does not serve what its signed checkpoint promises."""


class LogMemoryUnusable(AnnexError):
    """The checkpoint that was seen last cannot be read or kept."""


class VersionNotFound(AnnexError):
    """The extension has no such version."""


class SecretNotFound(AnnexError):
    """An install has no such secret; found by reading, before anything was sent."""


class SettingNotFound(AnnexError):
    """An install has no such setting."""


class ScheduleNotFound(AnnexError):
    """An install has no such schedule."""


class DeliveryNotFound(AnnexError):
    """An install has no such delivery."""


class ExtensionNotInstalled(AnnexError):
    """The tenant has not installed the extension."""


# Developing.


class DevPlatformMissing(AnnexError):
    """The platform that `annex dev` runs is not installed on this machine."""


class DevPlatformFailed(AnnexError):
    """The platform that `annex dev` runs did not start, or ended."""


class DevAlreadyRunning(AnnexError):
    """`annex dev` runs for this project already."""


class DevPortTaken(AnnexError):
    """The port of the host simulator is in use."""
