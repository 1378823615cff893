"""Append a version's leaf, after the leaf that begins its extension's chain."""

import asyncio
from typing import BinaryIO

from annex_registry.domain.errors import BundleStoreCorrupt
from annex_registry.domain.importation import Importation
from annex_registry.domain.ports import TransparencyLog
from annex_registry.domain.transparency import Publication, creation_entry
from annex_shared.bundle import BundleLimits
from annex_shared.bundle.check import MANIFEST_PATH
from annex_shared.bundle.reader import iter_streams
from annex_shared.content_hash import ContentHash


async def log_version(publication: Publication | Importation, *, log: TransparencyLog) -> int:
    """Append within the publication's transaction and return the index of the version's leaf."""
    extension = publication.extension
    head = await log.chain_head(extension.id)
    if head.next_seq == 0:
        await log.append(extension.id, creation_entry(publication.as_created(), head))
        head = await log.chain_head(extension.id)
    return await log.append(extension.id, publication.entry(head))


async def manifest_hash_of(archive: BinaryIO, limits: BundleLimits) -> ContentHash:
    """Hash manifest.json as it stands in an archive that was judged before."""
    return await asyncio.to_thread(_manifest_hash, archive, limits)


def _manifest_hash(archive: BinaryIO, limits: BundleLimits) -> ContentHash:
    archive.seek(0)
    for stream in iter_streams(archive, limits):
        if stream.path == MANIFEST_PATH:
            return ContentHash.of(stream.read())
    raise BundleStoreCorrupt("The bundle holds no manifest.json, although it was accepted with one.")
