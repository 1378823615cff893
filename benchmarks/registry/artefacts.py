"""Content to publish: random, so that no registry and no disk gets by with less than 100 KB."""

import io
import json
import os
import sys
import tarfile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ARTEFACT_BYTES = 100_000
# What the archive of a bundle adds to its one random file, about.
_BUNDLE_FRAME_BYTES = 350


def random_content(size: int = ARTEFACT_BYTES) -> bytes:
    return os.urandom(size)


def bundle(publisher: str, name: str, version: str, *, size: int = ARTEFACT_BYTES) -> bytes:
    """Pack an extension of one random file, ``size`` bytes altogether, give or take a few."""
    manifest = {"name": name, "publisher": publisher, "version": version, "runtime": "wasm-js@1"}
    content = {
        "manifest.json": json.dumps(manifest).encode(),
        "ui/content.bin": os.urandom(max(16, size - _BUNDLE_FRAME_BYTES)),
    }
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, data in content.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return zstd.compress(tar.getvalue(), level=1)
