"""Which refusal is which problem, and the members the predecessor's clients look for."""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from annex_registry.domain import errors
from annex_shared.bundle import errors as bundle
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.host_patterns import InvalidHostPattern
from annex_shared.http.problems import Problem, ProblemTable
from annex_shared.manifest import errors as manifest
from annex_shared.secret_envelope import SecretsCorrupt, SecretStoreUnavailable, SecretsUnavailable
from annex_shared.signing import errors as signing

_BAD = HTTPStatus.BAD_REQUEST
_FORBIDDEN = HTTPStatus.FORBIDDEN
_NOT_FOUND = HTTPStatus.NOT_FOUND
_CONFLICT = HTTPStatus.CONFLICT
_UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE
_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR

_COMPATIBLE_PREFIX = "/api/ext-bundles/"
# What the predecessor called it, where its clients test for the code.
_PREDECESSOR_CODES = {"VERSION_ALREADY_EXISTS": "EXTENSION_VERSION_ALREADY_EXISTS"}

# What is wrong with a bundle is 400, as the predecessor answered; only its size has a status of its own.
BUNDLE_PROBLEMS: ProblemTable = {
    bundle.BundleCorrupt: Problem("bundle-corrupt", _BAD, "Bundle corrupt"),
    bundle.BundleTrailingData: Problem("bundle-trailing-data", _BAD, "Bundle has trailing data"),
    bundle.BundlePathRefused: Problem("bundle-path-refused", _BAD, "Bundle path refused"),
    bundle.BundleEntryTypeRefused: Problem("bundle-entry-type-refused", _BAD, "Bundle entry type refused"),
    bundle.BundleDuplicateEntry: Problem("bundle-duplicate-entry", _BAD, "Bundle has a duplicate entry"),
    bundle.BundleTooLarge: Problem(
        "bundle-too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Bundle too large"
    ),
    bundle.ManifestMissing: Problem("manifest-missing", _BAD, "Manifest missing"),
    bundle.UiEntryMissing: Problem("ui-entry-missing", _BAD, "UI entry missing"),
    bundle.HandlerMissing: Problem("handler-missing", _BAD, "Handler missing"),
    bundle.HandlerNotWasm: Problem("handler-not-wasm", _BAD, "Handler is not WebAssembly"),
    bundle.ImportRefused: Problem("import-refused", _BAD, "Import refused"),
    bundle.PrecompiledMissing: Problem("precompiled-missing", _BAD, "Precompiled artefact missing"),
    manifest.ManifestTooLarge: Problem("manifest-too-large", _BAD, "Manifest too large"),
    manifest.InvalidManifest: Problem("invalid-manifest", _BAD, "Invalid manifest"),
    manifest.WildcardVersionRefused: Problem("wildcard-version-refused", _BAD, "Wildcard version refused"),
    manifest.ExtensionNameRefused: Problem("extension-name-refused", _BAD, "Extension name refused"),
    signing.UnsupportedKey: Problem("unsupported-key", _BAD, "Unsupported key"),
    signing.KeyMalformed: Problem("key-malformed", _BAD, "Key malformed"),
    signing.SignatureMalformed: Problem("signature-malformed", _BAD, "Signature malformed"),
    signing.SignatureInvalid: Problem("signature-invalid", _FORBIDDEN, "Signature invalid"),
    signing.SignerUnknown: Problem("signer-unknown", _FORBIDDEN, "Signer unknown"),
    signing.SignatureMismatch: Problem("signature-mismatch", _FORBIDDEN, "Signature is for another bundle"),
    signing.CertificateMalformed: Problem("certificate-malformed", _BAD, "Certificate malformed"),
    signing.CertificateChainTooLong: Problem(
        "certificate-chain-too-long", _FORBIDDEN, "Certificate chain too long"
    ),
    signing.CertificateUntrusted: Problem("certificate-untrusted", _FORBIDDEN, "Certificate untrusted"),
    signing.CertificateExpired: Problem("certificate-expired", _FORBIDDEN, "Certificate expired"),
    signing.CertificateNotYetValid: Problem(
        "certificate-not-yet-valid", _FORBIDDEN, "Certificate not yet valid"
    ),
    signing.CertificateWrongPublisher: Problem(
        "certificate-wrong-publisher", _FORBIDDEN, "Certificate is for another publisher"
    ),
    signing.CertificateAlgorithmRefused: Problem(
        "certificate-algorithm-refused", _FORBIDDEN, "Certificate algorithm refused"
    ),
}

PROBLEMS: ProblemTable = {
    **BUNDLE_PROBLEMS,
    errors.RegistryBusy: Problem("registry-busy", _UNAVAILABLE, "Registry busy"),
    errors.BundleStoreUnavailable: Problem(
        "bundle-store-unavailable", _UNAVAILABLE, "Bundle store unavailable"
    ),
    errors.BundleStoreCorrupt: Problem("bundle-store-corrupt", _FAULT, "Bundle store corrupt"),
    errors.PermissionDenied: Problem("permission-denied", _FORBIDDEN, "Permission denied"),
    errors.TenantRequired: Problem("tenant-required", _BAD, "Tenant required"),
    errors.PeerRequired: Problem("peer-required", _FORBIDDEN, "For services only"),
    errors.ExtensionsDisabled: Problem("extensions-disabled", _FORBIDDEN, "Extensions are switched off"),
    errors.PublisherNotFound: Problem("publisher-not-found", _NOT_FOUND, "Publisher not found"),
    errors.PublisherAlreadyExists: Problem("publisher-already-exists", _CONFLICT, "Publisher already exists"),
    errors.PublisherMembershipRequired: Problem(
        "publisher-membership-required", _FORBIDDEN, "Publisher membership required"
    ),
    errors.PublisherNotNamed: Problem("publisher-not-named", _BAD, "Publisher not named"),
    errors.PublisherKeyAlreadyExists: Problem(
        "publisher-key-already-exists", _CONFLICT, "Publisher key already exists"
    ),
    errors.InvalidKeyWindow: Problem("invalid-key-window", _BAD, "Invalid key window"),
    errors.SignerNotValid: Problem("signer-not-valid", _FORBIDDEN, "Signer not valid"),
    errors.PublisherKeyNotFound: Problem("publisher-key-not-found", _NOT_FOUND, "Publisher key not found"),
    errors.InvalidTrustedPublisher: Problem("invalid-trusted-publisher", _BAD, "Invalid trusted publisher"),
    errors.TrustedPublisherNotFound: Problem(
        "trusted-publisher-not-found", _NOT_FOUND, "Trusted publisher not found"
    ),
    errors.TrustedPublisherLimit: Problem(
        "trusted-publisher-limit", _CONFLICT, "Too many trusted publishers"
    ),
    errors.IssuerNotAllowed: Problem("issuer-not-allowed", _FORBIDDEN, "Issuer not allowed"),
    errors.IssuerUnavailable: Problem("issuer-unavailable", _UNAVAILABLE, "Issuer unavailable"),
    errors.IdTokenMalformed: Problem("id-token-malformed", _BAD, "Id token malformed"),
    errors.IdTokenInvalid: Problem("id-token-invalid", _FORBIDDEN, "Id token invalid"),
    errors.IdTokenKeyUnknown: Problem("id-token-key-unknown", _FORBIDDEN, "Key of the id token unknown"),
    errors.IdTokenExpired: Problem("id-token-expired", _FORBIDDEN, "Id token expired"),
    errors.IdTokenNotYetValid: Problem("id-token-not-yet-valid", _FORBIDDEN, "Id token not yet valid"),
    errors.IdTokenReplayed: Problem("id-token-replayed", _FORBIDDEN, "Id token replayed"),
    errors.IdTokenAudienceMismatch: Problem(
        "id-token-audience-mismatch", _FORBIDDEN, "Id token is for another audience"
    ),
    errors.TrustedPublisherMismatch: Problem(
        "trusted-publisher-mismatch", _FORBIDDEN, "No trusted publisher fits"
    ),
    errors.PublishTokenRefused: Problem(
        "publish-token-refused", HTTPStatus.UNAUTHORIZED, "Publish token refused"
    ),
    errors.PublishTokenExpired: Problem(
        "publish-token-expired", HTTPStatus.UNAUTHORIZED, "Publish token expired"
    ),
    errors.PublishTokenMismatch: Problem(
        "publish-token-mismatch", _FORBIDDEN, "Publish token is for another extension"
    ),
    errors.TrustedPublishingRequired: Problem(
        "trusted-publishing-required", _FORBIDDEN, "Trusted publishing required"
    ),
    errors.HashMismatch: Problem("hash-mismatch", _BAD, "Hash mismatch"),
    errors.SizeMismatch: Problem("size-mismatch", _BAD, "Size mismatch"),
    errors.UploadInterrupted: Problem("upload-interrupted", _BAD, "Upload interrupted"),
    errors.InvalidUploadKey: Problem("invalid-upload-key", _BAD, "Invalid upload key"),
    errors.UploadNotFound: Problem("upload-not-found", _NOT_FOUND, "Upload not found"),
    errors.UploadExpired: Problem("upload-expired", HTTPStatus.GONE, "Upload expired"),
    errors.UploadRefused: Problem("upload-refused", _CONFLICT, "Upload refused before"),
    errors.UploadClosed: Problem("upload-closed", _CONFLICT, "Upload closed"),
    errors.UploadIncomplete: Problem("upload-incomplete", _CONFLICT, "Upload incomplete"),
    errors.UploadOffsetMismatch: Problem("upload-offset-mismatch", _CONFLICT, "Upload offset mismatch"),
    errors.UploadChunkRefused: Problem("upload-chunk-refused", _BAD, "Upload chunk refused"),
    errors.LengthRequired: Problem("length-required", HTTPStatus.LENGTH_REQUIRED, "Length required"),
    errors.BundleTypeRefused: Problem(
        "bundle-type-refused", HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Bundle type refused"
    ),
    errors.InvalidContentDigest: Problem("invalid-content-digest", _BAD, "Invalid content digest"),
    errors.PresignUnavailable: Problem("presign-unavailable", _CONFLICT, "Presigned upload unavailable"),
    errors.ManifestMismatch: Problem("manifest-mismatch", _BAD, "Manifest mismatch"),
    errors.SignatureRequired: Problem("signature-required", _FORBIDDEN, "Signature required"),
    errors.SignatureAlgorithmRefused: Problem(
        "signature-algorithm-refused", _BAD, "Signature algorithm refused"
    ),
    errors.LogNotSigned: Problem("log-not-signed", _NOT_FOUND, "Log not signed yet"),
    errors.LogTileNotFound: Problem("log-tile-not-found", _NOT_FOUND, "Log tile not found"),
    errors.LogSigningRefused: Problem("log-signing-refused", _UNAVAILABLE, "Log signing refused"),
    errors.LogNotChecked: Problem("log-not-checked", _UNAVAILABLE, "Log not checked yet"),
    errors.VersionAlreadyExists: Problem("version-already-exists", _CONFLICT, "Version already exists"),
    errors.ExtensionNameTaken: Problem("extension-name-taken", _CONFLICT, "Extension name taken"),
    errors.RateLimited: Problem("rate-limited", HTTPStatus.TOO_MANY_REQUESTS, "Rate limited"),
    errors.InvalidIdempotencyKey: Problem("invalid-idempotency-key", _BAD, "Invalid idempotency key"),
    errors.IdempotencyInProgress: Problem("idempotency-in-progress", _CONFLICT, "Idempotency in progress"),
    errors.IdempotencyKeyReused: Problem(
        "idempotency-key-reused", HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency key reused"
    ),
    errors.ExtensionNotFound: Problem("extension-not-found", _NOT_FOUND, "Extension not found"),
    errors.ExtensionAmbiguous: Problem("extension-ambiguous", _CONFLICT, "Extension ambiguous"),
    errors.VersionNotFound: Problem("version-not-found", _NOT_FOUND, "Version not found"),
    errors.VersionYanked: Problem("version-yanked", _CONFLICT, "Version yanked"),
    errors.VersionBlocked: Problem("version-blocked", HTTPStatus.GONE, "Version blocked"),
    errors.InvalidStatusReason: Problem("invalid-status-reason", _BAD, "Invalid status reason"),
    errors.BundleNotFound: Problem("bundle-not-found", _NOT_FOUND, "Bundle not found"),
    errors.BundleEntryNotFound: Problem("bundle-entry-not-found", _NOT_FOUND, "Bundle entry not found"),
    errors.InvalidCursor: Problem("invalid-cursor", _BAD, "Invalid cursor"),
    errors.FeedPositionAhead: Problem("feed-position-ahead", _CONFLICT, "Feed position ahead"),
    errors.TooManyFeedWaiters: Problem(
        "too-many-feed-waiters", HTTPStatus.TOO_MANY_REQUESTS, "Too many feed waiters"
    ),
    errors.RangeNotSatisfiable: Problem(
        "range-not-satisfiable", HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "Range not satisfiable"
    ),
    errors.InstallNotFound: Problem("install-not-found", _NOT_FOUND, "Install not found"),
    errors.ExtensionNotInstalled: Problem("extension-not-installed", _NOT_FOUND, "Extension not installed"),
    errors.ExtensionAlreadyInstalled: Problem(
        "extension-already-installed", _CONFLICT, "Extension already installed"
    ),
    errors.GrantNotRequested: Problem("grant-not-requested", _BAD, "Grant not requested"),
    errors.EgressNotDeclared: Problem("egress-not-declared", _BAD, "Egress not declared"),
    InvalidHostPattern: Problem("invalid-host-pattern", _BAD, "Invalid host pattern"),
    errors.InvalidGrants: Problem("invalid-grants", _BAD, "Invalid grants"),
    errors.ConsentRequired: Problem("consent-required", _CONFLICT, "Consent required"),
    errors.InstallPinned: Problem("install-pinned", _CONFLICT, "Install pinned"),
    errors.NoEarlierVersion: Problem("no-earlier-version", _NOT_FOUND, "No earlier version"),
    errors.InstallChangedMeanwhile: Problem(
        "install-changed-meanwhile", _CONFLICT, "Install changed meanwhile"
    ),
    errors.InvalidInstallConfig: Problem("invalid-install-config", _BAD, "Invalid install configuration"),
    errors.InvalidAppDomain: Problem("invalid-app-domain", _BAD, "Invalid app domain"),
    errors.AppDomainTaken: Problem("app-domain-taken", _CONFLICT, "App domain is taken"),
    errors.AppDomainNotYours: Problem("app-domain-not-yours", _FORBIDDEN, "App domain is not yours to give"),
    errors.AppDomainNotFound: Problem("app-domain-not-found", _NOT_FOUND, "App domain not found"),
    errors.RunnerKeyRefused: Problem("runner-key-refused", HTTPStatus.UNAUTHORIZED, "Runner key refused"),
    errors.InvalidSecretName: Problem("invalid-secret-name", _BAD, "Invalid secret name"),
    errors.InvalidSecretExpiry: Problem("invalid-secret-expiry", _BAD, "Invalid secret expiry"),
    errors.SecretNotFound: Problem("secret-not-found", _NOT_FOUND, "Secret not found"),
    errors.TooManySecrets: Problem("too-many-secrets", _BAD, "Too many secrets"),
    errors.SecretsNotConfigured: Problem("secrets-not-configured", _UNAVAILABLE, "Secrets not configured"),
    SecretStoreUnavailable: Problem("secret-store-unavailable", _UNAVAILABLE, "Secret store unavailable"),
    SecretsUnavailable: Problem("secrets-unavailable", _UNAVAILABLE, "Secrets unavailable"),
    SecretsCorrupt: Problem("secrets-corrupt", _FAULT, "Secrets corrupt"),
}


def predecessor_members(path: str, document: ProblemDocument) -> Mapping[str, JsonValue]:
    """Add the members of the older dialect on the routes that speak it."""
    if not path.startswith(_COMPATIBLE_PREFIX):
        return {}
    code = _PREDECESSOR_CODES.get(document.code, document.code)
    return {"success": False, "error": {"code": code, "message": document.message}}
