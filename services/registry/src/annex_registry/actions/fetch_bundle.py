"""Fetch a bundle from the predecessor's object store; nothing it says about the bytes is believed."""

from collections.abc import Sequence

from annex_registry.actions.spool import Spool
from annex_registry.actions.stage_upload import judge_archive, too_large
from annex_registry.domain.importation import NamedBundle, RowRefused
from annex_registry.domain.predecessor import PredecessorStore
from annex_registry.domain.upload import StagedBundle
from annex_shared.bundle import BundleLimits


async def fetch_bundle(
    bundle: NamedBundle, keys: Sequence[str], spool: Spool, *, store: PredecessorStore, limits: BundleLimits
) -> StagedBundle:
    """Take the bundle into the spool and judge it like an upload. Raises RowRefused and what uploads do."""
    await _fill(bundle, keys, spool, store=store, limit_bytes=limits.archive_bytes)
    return await judge_archive(spool, limits=limits)


async def _fill(
    bundle: NamedBundle, keys: Sequence[str], spool: Spool, *, store: PredecessorStore, limit_bytes: int
) -> None:
    """Look in every place until one has these very bytes; other bytes are remembered as such."""
    refusal = RowRefused(
        "BUNDLE_MISSING",
        f"The bundle {bundle.content_hash.short} is in none of the places in which it may lie.",
    )
    for key in keys:
        async with store.opened(key) as chunks:
            if chunks is None:
                continue
            spool.clear()
            if not await spool.fill(chunks, limit_bytes=limit_bytes):
                raise too_large(limit_bytes)
        found = spool.content_hash()
        if found == bundle.content_hash:
            return
        refusal = RowRefused(
            "BUNDLE_HASH_DIFFERS",
            f"The bundle was recorded as {bundle.content_hash.short}; what is stored has {found.short}.",
        )
    raise refusal
