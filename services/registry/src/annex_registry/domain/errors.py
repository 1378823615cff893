"""What the registry refuses, by name; every class has its row in ``api/problems.py``."""

from collections.abc import Mapping

from pydantic import JsonValue

from annex_shared.errors import AnnexError


class UnavailableError(AnnexError):
    """A store did not answer or was too busy; nothing is decided and the same request may be repeated."""


class RegistryBusy(UnavailableError):
    """The database did not answer in time or another change holds the row."""


class BundleStoreUnavailable(UnavailableError):
    """The bundle store did not answer."""


class BundleStoreCorrupt(AnnexError):
    """The bundle store holds other bytes than were recorded; nothing was published from them."""


# Who may ask.


class PermissionDenied(AnnexError):
    """The caller lacks a permission; refused before anything is read or staged."""


class TenantRequired(AnnexError):
    """The request belongs to a tenant and the caller acts for none."""


class PeerRequired(AnnexError):
    """The address is for services of the platform only."""


class ExtensionsDisabled(AnnexError):
    """Extensions are switched off for the whole deployment."""


# Publishers.


class PublisherNotFound(AnnexError):
    """No publisher has that slug."""


class PublisherAlreadyExists(AnnexError):
    """A publisher slug is taken."""


class PublisherMembershipRequired(AnnexError):
    """The caller does not belong to the publisher, or is not one of its owners."""


class PublisherNotNamed(AnnexError):
    """The manifest names no publisher and the caller does not belong to exactly one."""


class PublisherKeyAlreadyExists(AnnexError):
    """The key was added to this publisher before, perhaps revoked since."""


class InvalidKeyWindow(AnnexError):
    """A key is to be valid until a moment that is not later than the one it becomes valid at."""


class SignerNotValid(AnnexError):
    """The signing key is the publisher's and does not count now; ``details.reason`` says why."""


class PublisherKeyNotFound(AnnexError):
    """The publisher has no active key with that id."""


# Trusted publishing.


class InvalidTrustedPublisher(AnnexError):
    """A trusted publisher is described so that strangers would fit, or by an unusable issuer."""


class TrustedPublisherNotFound(AnnexError):
    """The publisher has no such trusted publisher."""


class TrustedPublisherLimit(AnnexError):
    """A publisher has as many trusted publishers as it may."""


class IssuerNotAllowed(AnnexError):
    """The operator does not take tokens of that issuer."""


class IssuerUnavailable(UnavailableError):
    """The issuer's keys cannot be read now; nothing is decided and the token may be sent again."""


class IdTokenMalformed(AnnexError):
    """An id token is not a signed JWT that names its issuer."""


class IdTokenInvalid(AnnexError):
    """An id token is not signed by its issuer, or lacks what it must say; ``details.reason`` says what."""


class IdTokenKeyUnknown(AnnexError):
    """An id token names a key that its issuer does not publish."""


class IdTokenExpired(AnnexError):
    """An id token was valid once."""


class IdTokenNotYetValid(AnnexError):
    """An id token is not valid yet."""


class IdTokenReplayed(AnnexError):
    """An id token was exchanged before; each is good for one exchange."""


class IdTokenAudienceMismatch(AnnexError):
    """An id token was made for somebody else."""


class TrustedPublisherMismatch(AnnexError):
    """No trusted publisher of the extension fits what the issuer says; ``details.claims`` tells."""


class PublishTokenRefused(AnnexError):
    """A publish token is not known here, or its trusted publisher was removed."""


class PublishTokenExpired(AnnexError):
    """A publish token was valid for some minutes, and these are over."""


class PublishTokenMismatch(AnnexError):
    """A publish token is for another extension than the one in the bundle."""


class TrustedPublishingRequired(AnnexError):
    """The extension is published by its trusted publishers alone."""


# Feeds.


class FeedPositionAhead(AnnexError):
    """A reader stands after the end of the feed: it followed another registry, or this one was restored."""


class TooManyFeedWaiters(AnnexError):
    """The bound of requests that wait for the next event is reached."""


# Uploads and publishing.


class HashMismatch(AnnexError):
    """The bytes received differ from the declared hash."""


class SizeMismatch(AnnexError):
    """The number of bytes received differs from the declared size."""


class UploadInterrupted(AnnexError):
    """The connection ended before the whole body came."""


class InvalidUploadKey(AnnexError):
    """An upload key is not one that upload-proxy gave out."""


class UploadNotFound(AnnexError):
    """The caller staged nothing under that key."""


class UploadExpired(AnnexError):
    """A staged upload was not finalized in time and is gone."""


class UploadRefused(AnnexError):
    """The upload was refused before, for the reason given; its bytes are gone."""


class UploadClosed(AnnexError):
    """The upload takes no more bytes: it came whole, or was published, refused or given up."""


class UploadIncomplete(AnnexError):
    """An upload was finalized before all of its bytes came; it stays open."""


class UploadOffsetMismatch(AnnexError):
    """A chunk begins elsewhere than where the upload ends; ``details.offset`` is where it ends."""


class UploadChunkRefused(AnnexError):
    """A chunk is larger or smaller than chunks may be."""


class LengthRequired(AnnexError):
    """A body came without its Content-Length."""


class BundleTypeRefused(AnnexError):
    """A body is of another content type than a bundle's."""


class InvalidContentDigest(AnnexError):
    """A Content-Digest header is missing or is not RFC 9530 with sha-256."""


class PresignUnavailable(AnnexError):
    """The bundle store has no address an uploader could write to."""


class ManifestMismatch(AnnexError):
    """The declared manifest differs from the one in the bundle; ``details.pointer`` says where."""


class SignatureRequired(AnnexError):
    """The policy asks for a signature and none was sent."""


class SignatureAlgorithmRefused(AnnexError):
    """A signature is of a kind the platform does not verify."""


class VersionAlreadyExists(AnnexError):
    """A version number is spent the first time it is used; ``extension_id`` is for the log."""

    def __init__(
        self, message: str, *, details: Mapping[str, JsonValue] | None = None, extension_id: str = ""
    ) -> None:
        super().__init__(message, details=details)
        self.extension_id = extension_id


class ExtensionNameTaken(AnnexError):
    """Another spelling of the same name exists within the publisher."""


class RateLimited(AnnexError):
    """The caller has used up what may be asked in a time; nothing is decided, and later the same goes."""


class InvalidIdempotencyKey(AnnexError):
    """An Idempotency-Key header is empty, too long or not printable ASCII."""


class IdempotencyInProgress(AnnexError):
    """A request with the same Idempotency-Key is still running; its answer is not known yet."""


class IdempotencyKeyReused(AnnexError):
    """The same Idempotency-Key came with another request."""


# Reading.


class ExtensionNotFound(AnnexError):
    """No extension is known by that id or name."""


class ExtensionAmbiguous(AnnexError):
    """Several installed extensions have that name."""


class VersionNotFound(AnnexError):
    """The extension has no such version."""


class VersionYanked(AnnexError):
    """The publisher withdrew the version: it takes no new installs, and those there are run on."""


class VersionBlocked(AnnexError):
    """The platform blocked the version: it is neither delivered nor installed nor run."""


class InvalidStatusReason(AnnexError):
    """A version is deprecated, yanked or blocked with a reason of 1 to 1,000 characters, or not at all."""


class BundleNotFound(AnnexError):
    """No published version has that content hash here."""


class BundleEntryNotFound(AnnexError):
    """The bundle holds no file or folder of that path."""


class InvalidCursor(AnnexError):
    """A cursor was not made by this listing."""


class RangeNotSatisfiable(AnnexError):
    """The asked byte range lies outside the bundle or file."""


# The transparency log.


class LogNotSigned(AnnexError):
    """No checkpoint covers what was asked for yet; ask again."""


class LogTileNotFound(AnnexError):
    """The signed part of the log has no such tile."""


class LogSigningRefused(UnavailableError):
    """The log in the database is not the one that was signed before: an older copy, or a fork.

    Nothing is published or changed there; after the right database is restored the same request may go.
    """


class LogNotChecked(UnavailableError):
    """No signer has compared this database's log with what was signed before; nothing was changed."""


# Installs.


class InstallNotFound(AnnexError):
    """The tenant has no install with that id."""


class ExtensionNotInstalled(AnnexError):
    """The tenant has not installed the extension."""


class ExtensionAlreadyInstalled(AnnexError):
    """A tenant installs an extension once; another version is an update."""


class GrantNotRequested(AnnexError):
    """A grant names a capability that the version's manifest does not ask for."""


class EgressNotDeclared(AnnexError):
    """A tenant allows a host that the version's manifest does not declare."""


class InvalidGrants(AnnexError):
    """The lists of granted and denied capabilities contradict each other, or deny what everybody may."""


class ConsentRequired(AnnexError):
    """A version asks for capabilities that the tenant has neither granted nor denied; it is not used."""


class InstallPinned(AnnexError):
    """The install is held at its version until somebody unpins it."""


class NoEarlierVersion(AnnexError):
    """The install never ran another version, or not the one asked for, so there is no way back to it."""


class InstallChangedMeanwhile(AnnexError):
    """The install has another revision than the caller last saw."""


class InvalidInstallConfig(AnnexError):
    """The configuration of an install is not what its schema allows; ``details.errors`` says where."""


class InvalidAppDomain(AnnexError):
    """A text is no host name, or none was named where the platform has none to give."""


class AppDomainTaken(AnnexError):
    """The host leads to another install."""


class AppDomainNotYours(AnnexError):
    """A tenant gives an install its own host; any other is given by a platform administrator."""


class AppDomainNotFound(AnnexError):
    """No install is served under that host: nobody has it, or the install is disabled or blocked."""


class RunnerKeyRefused(AnnexError):
    """The key of a runner is another one than the registry's, or the registry has none."""


class InvalidSecretName(AnnexError):
    """A secret's name is malformed."""


class InvalidSecretExpiry(AnnexError):
    """The moment a secret is to expire at has passed, or is too far away."""


class SecretNotFound(AnnexError):
    """The install has no secret of that name."""


class TooManySecrets(AnnexError):
    """An install holds as many secrets, or as many bytes of them, as it may."""


class SecretsNotConfigured(AnnexError):
    """The registry has neither a key file nor a Vault to seal secrets with."""
