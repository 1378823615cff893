"""Refusals that several operations share, named for the step that finds them."""

from annex_registry.api.problems import BUNDLE_PROBLEMS
from annex_registry.domain import errors
from annex_shared.bundle.errors import BundleRefused
from annex_shared.content_hash import InvalidContentHash
from annex_shared.host_patterns import InvalidHostPattern
from annex_shared.ids import InvalidId
from annex_shared.manifest.errors import InvalidManifest, ManifestTooLarge
from annex_shared.names import InvalidExtensionName, InvalidPublisherName
from annex_shared.secret_envelope import SecretsCorrupt, SecretStoreUnavailable, SecretsUnavailable
from annex_shared.signing import errors as signing
from annex_shared.version_number import InvalidVersionNumber

Facts = tuple[type[Exception], ...]

FIND_EXTENSION: Facts = (errors.ExtensionNotFound, errors.ExtensionAmbiguous)
FIND_VERSION: Facts = (*FIND_EXTENSION, InvalidVersionNumber, errors.VersionNotFound)
FIND_INSTALL: Facts = (errors.TenantRequired, InvalidId, errors.InstallNotFound)
FIND_PUBLISHER: Facts = (InvalidPublisherName, errors.PublisherNotFound)
OWN_PUBLISHER: Facts = (*FIND_PUBLISHER, errors.PublisherMembershipRequired)
NEW_USE: Facts = (errors.VersionYanked, errors.VersionBlocked)
GRANTS_AND_CONFIG: Facts = (
    errors.GrantNotRequested,
    errors.EgressNotDeclared,
    InvalidHostPattern,
    errors.InvalidGrants,
    errors.ConsentRequired,
    errors.InvalidInstallConfig,
)
CHANGE_INSTALL: Facts = (errors.InstallPinned, errors.InstallChangedMeanwhile)
# Whether the log may grow: asked before whatever gets a leaf.
LOG: Facts = (errors.LogSigningRefused, errors.LogNotChecked)
SECRETS: Facts = (
    errors.InvalidSecretName,
    errors.SecretsNotConfigured,
    SecretsUnavailable,
    SecretsCorrupt,
    SecretStoreUnavailable,
)
STORE: Facts = (errors.BundleStoreUnavailable, errors.BundleStoreCorrupt)
# Everything that can be wrong with the bytes of an archive and the manifest in it.
ARCHIVE: Facts = tuple(
    kind for kind in BUNDLE_PROBLEMS if issubclass(kind, BundleRefused | ManifestTooLarge | InvalidManifest)
)
DECLARED: Facts = (errors.SizeMismatch, errors.HashMismatch, errors.UploadInterrupted)
SIGNATURE: Facts = (
    errors.SignatureRequired,
    errors.SignatureAlgorithmRefused,
    signing.SignatureMalformed,
    signing.SignatureInvalid,
    signing.SignerUnknown,
    signing.SignatureMismatch,
    signing.CertificateMalformed,
    signing.CertificateChainTooLong,
    signing.CertificateUntrusted,
    signing.CertificateExpired,
    signing.CertificateNotYetValid,
    signing.CertificateWrongPublisher,
    signing.CertificateAlgorithmRefused,
    errors.SignerNotValid,
)
# A publish token stands in for a caller on every route that takes part in publishing.
PUBLISH_TOKEN: Facts = (
    errors.PublishTokenRefused,
    errors.PublishTokenExpired,
    errors.PublishTokenMismatch,
)
IDEMPOTENCY: Facts = (
    errors.InvalidIdempotencyKey,
    errors.IdempotencyInProgress,
    errors.IdempotencyKeyReused,
)
# What is decided when a number is claimed, whichever way the bytes came.
PUBLICATION: Facts = (
    *ARCHIVE,
    *SIGNATURE,
    *STORE,
    *LOG,
    *PUBLISH_TOKEN,
    *IDEMPOTENCY,
    errors.TrustedPublishingRequired,
    InvalidPublisherName,
    errors.PublisherNotFound,
    errors.PublisherMembershipRequired,
    errors.PublisherNotNamed,
    errors.HashMismatch,
    errors.SizeMismatch,
    errors.ManifestMismatch,
    errors.RateLimited,
    errors.ExtensionNameTaken,
    errors.VersionAlreadyExists,
)
FIND_UPLOAD: Facts = (InvalidId, errors.UploadNotFound)
OPEN_UPLOAD: Facts = (*FIND_UPLOAD, errors.UploadExpired, errors.UploadClosed)
FINISH_UPLOAD: Facts = (
    errors.UploadNotFound,
    errors.UploadExpired,
    errors.UploadRefused,
    errors.UploadIncomplete,
)
NAMED_EXTENSION: Facts = (InvalidPublisherName, InvalidExtensionName)
NAMED_HASH: Facts = (InvalidContentHash,)
NAMED_VERSION: Facts = (InvalidVersionNumber,)
