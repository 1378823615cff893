"""Write the bundle of a project so that a half-written one is never found under its name."""

import os
import tempfile
from pathlib import Path

from annex_cli.errors import FileNotUsable, NotReproducible
from annex_cli.local_bundle import extension_name
from annex_shared.bundle import PackedBundle, write_bundle
from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.manifest import Manifest, parse_manifest
from annex_shared.manifest.parse import MAX_MANIFEST_BYTES

PROJECT_STATE = ".annex-project"


def bundle_name(manifest: Manifest) -> str:
    """Name a bundle for what it holds: `acme.notes-1.4.0.tar.zst`."""
    return f"{extension_name(manifest).replace('/', '.')}-{manifest.version}.tar.zst"


def project_manifest(folder: Path) -> Manifest:
    """Read the manifest of a project. Raises FileNotUsable or a refusal of the manifest."""
    path = folder / MANIFEST_PATH
    try:
        with path.open("rb") as file:
            return parse_manifest(file.read(MAX_MANIFEST_BYTES + 1))
    except FileNotFoundError:
        raise FileNotUsable(
            f"There is no {MANIFEST_PATH} in {folder}.",
            hint="Run annex in the folder of an extension, or name one with --cwd.",
        ) from None
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None


def pack(source: Path, target: Path) -> PackedBundle:
    """Pack ``source`` and put the finished archive in place of ``target``."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".annex-pack-")
    except OSError as error:
        raise _not_writable(target, error) from None
    try:
        with os.fdopen(descriptor, "w+b") as file:
            packed = write_bundle(source, file)
        Path(draft).chmod(0o644)
        Path(draft).replace(target)
    except OSError as error:
        raise _not_writable(target, error) from None
    finally:
        Path(draft).unlink(missing_ok=True)
    return packed


def refuse_unless_reproducible(source: Path, packed: PackedBundle) -> None:
    """Pack a second time and compare; a build that still runs is the usual reason for a difference."""
    with tempfile.TemporaryFile() as again:
        second = write_bundle(source, again)
    if second.content_hash != packed.content_hash:
        raise NotReproducible(
            f"Packing twice gave {packed.content_hash.short} and {second.content_hash.short}. "
            "A file changed meanwhile; wait for the build to end and pack again."
        )


def _not_writable(target: Path, error: OSError) -> FileNotUsable:
    return FileNotUsable(f"{target} cannot be written: {error.strerror}.")
