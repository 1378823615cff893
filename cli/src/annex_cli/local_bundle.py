"""A bundle on this machine, held to every rule before anything of it is sent."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from annex_cli.errors import FileNotUsable
from annex_shared.bundle import BundleLimits, check_bundle
from annex_shared.content_hash import ContentHash, ContentHasher
from annex_shared.manifest import Manifest

SIGNATURE_SUFFIX = ".sig"
PROOF_SUFFIX = ".proof"
_STEP = 1 << 18


@dataclass(frozen=True, slots=True)
class LocalBundle:
    """An archive that was read whole and keeps every rule the platform will hold it to."""

    path: Path
    size_bytes: int
    content_hash: ContentHash
    manifest: Manifest
    entry_count: int

    @property
    def extension(self) -> str:
        """``publisher/name``, or the bare name when the publishing key decides the publisher."""
        return extension_name(self.manifest)

    @property
    def version(self) -> str:
        return str(self.manifest.version)

    @property
    def signature_path(self) -> Path:
        return self.path.with_name(self.path.name + SIGNATURE_SUFFIX)

    @property
    def proof_path(self) -> Path:
        return self.path.with_name(self.path.name + PROOF_SUFFIX)


def read_bundle(archive: Path) -> LocalBundle:
    """Hash and check an archive. Raises FileNotUsable, a BundleRefused or a refusal of its manifest."""
    try:
        with archive.open("rb") as source:
            hasher = _hashed(source)
            source.seek(0)
            checked = check_bundle(source, BundleLimits())
    except OSError as error:
        raise FileNotUsable(f"{archive} cannot be read: {error.strerror}.") from None
    return LocalBundle(
        archive, hasher.size_bytes, hasher.content_hash(), checked.manifest, len(checked.entries)
    )


def read_hash(archive: Path) -> tuple[ContentHash, int]:
    """Hash an archive, whatever it holds, and count its bytes. Raises FileNotUsable."""
    try:
        with archive.open("rb") as source:
            hasher = _hashed(source)
    except OSError as error:
        raise FileNotUsable(f"{archive} cannot be read: {error.strerror}.") from None
    return hasher.content_hash(), hasher.size_bytes


def _hashed(source: BinaryIO) -> ContentHasher:
    hasher = ContentHasher()
    while chunk := source.read(_STEP):
        hasher.update(chunk)
    return hasher


def extension_name(manifest: Manifest) -> str:
    return f"{manifest.publisher}/{manifest.name}" if manifest.publisher else str(manifest.name)
