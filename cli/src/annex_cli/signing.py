"""Sign a bundle with a publisher's key, and find the signature that travels beside it."""

from pathlib import Path

from annex_cli.errors import FileNotUsable, PublisherNotNamed
from annex_cli.local_bundle import LocalBundle
from annex_shared.signing import (
    MAX_ENVELOPE_BYTES,
    BundleStatement,
    CertificateChain,
    SigningKey,
    sign_statement,
)

_MAX_KEY_BYTES = 64 * 1024


def load_key(path: Path) -> SigningKey:
    """Read a private key. Raises FileNotUsable, KeyMalformed, UnsupportedKey."""
    return SigningKey.load(read_key_file(path))


def read_key_file(path: Path) -> bytes:
    """Read what should be a key. Raises FileNotUsable."""
    return _read(path, _MAX_KEY_BYTES)


def load_chain(path: Path) -> CertificateChain:
    """Read the signing key's certificate and those above it. Raises FileNotUsable and CertificateRefused."""
    data = _read(path, _MAX_KEY_BYTES)
    try:
        return CertificateChain.parse(data.decode("ascii"))
    except UnicodeDecodeError:
        raise FileNotUsable(f"{path} is not a certificate in PEM: it is no ASCII text.") from None


def sign_bundle(bundle: LocalBundle, key: SigningKey, chain: CertificateChain | None = None) -> str:
    """Write the envelope that says: these bytes are this version of this extension."""
    manifest = bundle.manifest
    if manifest.publisher is None:
        raise PublisherNotNamed(
            "The manifest names no publisher, so there is nothing to sign for.",
            hint='Add "publisher" to manifest.json and pack again.',
        )
    statement = BundleStatement(manifest.publisher, manifest.name, manifest.version, bundle.content_hash)
    return sign_statement(statement, [key], chain=chain)


def signature_beside(bundle: LocalBundle) -> str | None:
    """Read `<bundle>.sig`; None when there is none."""
    if not bundle.signature_path.exists():
        return None
    data = _read(bundle.signature_path, MAX_ENVELOPE_BYTES + 1)
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise FileNotUsable(f"{bundle.signature_path} is not a signature: it is no text.") from None


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
