"""Write a bundle: the same files give the same bytes, whoever packs them and when.

Order, owners, times and modes are fixed, and zstd runs on one thread with fixed parameters. Equal bytes
are promised for one version of the zstd library: another may find shorter matches, and then equal content
has another content hash. What must not differ is what was published, and that is the archive, not the
recipe.
"""

import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from annex_shared.bundle.check import HANDLER_PATH, MANIFEST_PATH, check_bundle
from annex_shared.bundle.errors import ManifestMissing, SourceFileRefused
from annex_shared.bundle.limits import BundleLimits
from annex_shared.bundle.tar_members import BLOCK
from annex_shared.bundle.zstd_frame import too_large
from annex_shared.content_hash import ContentHash, ContentHasher
from annex_shared.display_text import shown
from annex_shared.manifest.model import Manifest
from annex_shared.manifest.parse import parse_manifest

if sys.version_info >= (3, 14):
    from compression.zstd import CompressionParameter, ZstdCompressor
else:
    from backports.zstd import CompressionParameter, ZstdCompressor

_ALWAYS = (MANIFEST_PATH, HANDLER_PATH, "sbom.spdx.json")
_FOLDERS = ("ui", "precompiled", "wit")
_STEP = 1 << 17
_IN_MEMORY = 1 << 24
_END = bytes(2 * BLOCK)
_LEVEL = 19
_PARAMETERS: dict[int, int] = {
    CompressionParameter.window_log: 23,
    CompressionParameter.nb_workers: 0,
    CompressionParameter.checksum_flag: 1,
    CompressionParameter.content_size_flag: 1,
}


@dataclass(frozen=True, slots=True)
class PackedBundle:
    """What was written; ``content_hash`` is what publishers sign."""

    content_hash: ContentHash
    size_bytes: int
    entry_count: int
    manifest: Manifest


def write_bundle(
    source_dir: Path, target: BinaryIO, *, limits: BundleLimits | None = None, level: int = _LEVEL
) -> PackedBundle:
    """Pack a built extension into ``target``; nothing is written there unless the bundle passes its check.

    Packed are manifest.json, dist/main.wasm, ui, precompiled, wit, sbom.spdx.json, and the files that the
    manifest's ``assets``, ``precompiled``, ``entry`` and ``sbom`` name. Another ``level`` is for what is
    not kept: other bytes, and so another content hash.
    """
    limits = limits or BundleLimits()
    files = files_to_pack(source_dir, limits)
    with (
        tempfile.SpooledTemporaryFile(_IN_MEMORY) as tar,
        tempfile.SpooledTemporaryFile(_IN_MEMORY) as archive,
    ):
        size_bytes = _write_tar(files, tar, limits)
        tar.seek(0)
        _compress(tar, archive, size_bytes, level)
        archive.seek(0)
        checked = check_bundle(archive, limits)
        archive.seek(0)
        hasher = ContentHasher()
        while chunk := archive.read(_STEP):
            hasher.update(chunk)
            target.write(chunk)
    return PackedBundle(hasher.content_hash(), hasher.size_bytes, len(checked.entries), checked.manifest)


def files_to_pack(source_dir: Path, limits: BundleLimits) -> list[tuple[str, Path]]:
    """Find the files, by archive path in byte order."""
    manifest_path = source_dir / MANIFEST_PATH
    if not manifest_path.is_file():
        raise ManifestMissing(
            f'There is no manifest.json in "{shown(source_dir.name, limit=80)}". Create it, or pack another '
            "folder.",
            details={"found": []},
        )
    manifest = parse_manifest(manifest_path.read_bytes())
    found = {path for name in (*_ALWAYS, *_FOLDERS) for path in _below(source_dir / name)}
    for pattern in _named_by(manifest):
        found.update(_matching(source_dir, pattern))
    if len(found) > limits.entries:
        raise too_large("entries", limits.entries, "entries")
    by_name = {path.relative_to(source_dir).as_posix(): path for path in found}
    for name in by_name:
        _refuse_linked_folder(source_dir, name)
    return sorted(by_name.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"))


def _named_by(manifest: Manifest) -> Iterator[str]:
    yield from manifest.assets
    yield from manifest.precompiled.values()
    yield from (name for name in (manifest.entry, manifest.sbom) if name)


def _matching(source_dir: Path, pattern: str) -> Iterator[Path]:
    """Expand one path or glob of the manifest; a pattern that matches nothing adds nothing."""
    if "://" in pattern:  # an address of a bill of materials kept elsewhere
        return
    pattern = pattern.removeprefix("./")
    try:
        if pattern.startswith("/") or ".." in pattern.split("/") or "\\" in pattern:
            raise ValueError("outside the folder")  # noqa: TRY301 - one refusal for what we and glob reject
        paths = list(source_dir.glob(pattern))
    except (ValueError, IndexError):
        raise SourceFileRefused(
            f'manifest.json names "{shown(pattern, limit=80)}", which is no path below the folder to pack. '
            "Name files by their path below manifest.json.",
            details={"path": shown(pattern)},
        ) from None
    for path in paths:
        yield from _below(path)


def _below(path: Path) -> Iterator[Path]:
    """Give a file, or every file in a folder; links and special files are refused, not followed."""
    if path.is_symlink() or (path.exists() and not path.is_file() and not path.is_dir()):
        raise _not_a_file(path.name)
    if path.is_dir():
        for child in path.iterdir():
            yield from _below(child)
    elif path.is_file():
        yield path


def _refuse_linked_folder(source_dir: Path, name: str) -> None:
    """Refuse a file reached through a linked folder: it may be any file of the packing machine."""
    folder = source_dir
    for segment in name.split("/")[:-1]:
        folder = folder / segment
        if folder.is_symlink():
            raise _not_a_file(segment)


def _not_a_file(name: str) -> SourceFileRefused:
    return SourceFileRefused(
        f'"{shown(name, limit=80)}" is a link or a special file and cannot be packed. '
        "Replace it with a copy of the file.",
        details={"path": shown(name)},
    )


def _write_tar(files: list[tuple[str, Path]], tar: IO[bytes], limits: BundleLimits) -> int:
    for name, path in files:
        with path.open("rb") as content:
            size_bytes = path.stat().st_size
            if tar.tell() + size_bytes > limits.unpacked_bytes:
                raise too_large("unpacked_bytes", limits.unpacked_bytes, "bytes unpacked")
            tar.write(_header(name, size_bytes))
            _copy(content, tar, size_bytes)
            tar.write(bytes(-size_bytes % BLOCK))
    tar.write(_END)
    return tar.tell()


def _header(name: str, size_bytes: int) -> bytes:
    """Describe a file by its name and size alone; long names get a pax header of their path alone."""
    member = tarfile.TarInfo(name)
    member.size = size_bytes
    member.mode = 0o644
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _copy(content: IO[bytes], tar: IO[bytes], size_bytes: int) -> None:
    left = size_bytes
    while left:
        chunk = content.read(min(left, _STEP))
        if not chunk:
            raise SourceFileRefused(
                "A file became shorter while it was packed. Wait for the build to finish and pack again.",
                details={},
            )
        tar.write(chunk)
        left -= len(chunk)


def _compress(tar: IO[bytes], archive: IO[bytes], size_bytes: int, level: int) -> None:
    compressor = ZstdCompressor(options=_PARAMETERS | {CompressionParameter.compression_level: level})
    compressor.set_pledged_input_size(size_bytes)
    while chunk := tar.read(_STEP):
        archive.write(compressor.compress(chunk))
    archive.write(compressor.flush())
