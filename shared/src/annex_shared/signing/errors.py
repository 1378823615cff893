"""Refusals of keys, trust bundles and signatures; none of them ever repeats key material."""

from annex_shared.errors import AnnexError


class UnsupportedKey(AnnexError):
    """The key is not Ed25519."""


class KeyMalformed(AnnexError):
    """The text is not a PEM key of the expected kind."""


class TrustBundleMalformed(AnnexError):
    """The trust bundle is not a list of PEM public keys and certificates."""


class SignatureRefused(AnnexError):
    """The family of every refusal of a signature; it is never raised itself."""


class SignatureMalformed(SignatureRefused):
    """The text is not a DSSE envelope around a bundle statement."""


class SignatureInvalid(SignatureRefused):
    """A signature names a trusted key and was not made by it over these bytes."""


class SignerUnknown(SignatureRefused):
    """No signature in the envelope names a trusted key; ``details.key_ids`` lists those it names."""


class SignatureMismatch(SignatureRefused):
    """The signature is good, but for another bundle; ``details.field`` names the first difference."""


class CertificateRefused(SignatureRefused):
    """The family of every refusal of a certificate beside a signature; it is never raised itself."""


class CertificateMalformed(CertificateRefused):
    """What stands beside a signature as its certificate chain is not a list of PEM certificates."""


class CertificateChainTooLong(CertificateRefused):
    """More certificates than allowed stand between a signing certificate and its authority."""


class CertificateUntrusted(CertificateRefused):
    """The chain of a signing certificate leads to no trusted authority, or a rule of it is broken."""


class CertificateExpired(CertificateRefused):
    """A certificate of an otherwise good chain is no longer valid."""


class CertificateNotYetValid(CertificateRefused):
    """A certificate of an otherwise good chain is not valid yet."""


class CertificateWrongPublisher(CertificateRefused):
    """A good certificate names other publishers than the one of the bundle."""


class CertificateAlgorithmRefused(CertificateRefused):
    """A certificate is for a kind of key that is not verified here."""
