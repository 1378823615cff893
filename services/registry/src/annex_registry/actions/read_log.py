"""Read the signed part of the log: checkpoints, tiles, and proofs out of them."""

from annex_registry.actions.find_extension import find_extension
from annex_registry.actions.read_versions import find_version
from annex_registry.domain.authority import require, require_peer
from annex_registry.domain.errors import LogNotSigned, LogSigningRefused, LogTileNotFound
from annex_registry.domain.ports import JsonObject, Records, TransparencyLog
from annex_registry.domain.signing_state import SignedSize, SigningState
from annex_registry.domain.transparency import StoredCheckpoint
from annex_shared.display_text import shown
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from annex_shared.transparency import (
    EntriesTile,
    LogProof,
    Tile,
    TileHashes,
    encode_entries,
    inclusion_plan,
    parse_tile_path,
)
from annex_shared.transparency.errors import TileMalformed
from annex_shared.transparency.tiles import TILE_WIDTH


async def read_checkpoint(*, records: Records, signed: SignedSize) -> StoredCheckpoint:
    """Return the newest signed checkpoint. Raises LogNotSigned, LogSigningRefused."""
    if signed.state is SigningState.REFUSED:
        raise LogSigningRefused(
            "The transparency log of this registry is not the one it signed before, so no checkpoint is "
            "shown. Its operator has to restore the right database. Keep the checkpoint you have.",
        )
    async with records.work() as work:
        newest = await work.log.newest_checkpoint()
    if newest is None:
        raise LogNotSigned("The transparency log has no signed checkpoint yet. Ask again in a moment.")
    return newest


async def read_tile(path: str, *, records: Records) -> tuple[Tile | EntriesTile, bytes]:
    """Return a tile of the newest signed tree. Raises LogTileNotFound, also for what is not signed yet."""
    try:
        tile = parse_tile_path(path)
    except TileMalformed:
        raise _no_tile(path) from None
    async with records.work() as work:
        newest = await work.log.newest_checkpoint()
        if newest is None or not _is_within(tile, newest.size):
            raise _no_tile(path)
        if isinstance(tile, EntriesTile):
            return tile, encode_entries(await work.log.entries(tile))
        return tile, await work.log.tile(tile)


async def read_proof(extension: str, number: str, *, caller: Caller, records: Records) -> str:
    """Prove a version's leaf against the newest checkpoint. Raises LogNotSigned."""
    require(caller, Permission.EXTENSION_READ)
    return await _newest_proof(extension, number, caller=caller, records=records)


async def read_proof_for_peer(extension: str, number: str, *, caller: Caller, records: Records) -> str:
    """Prove a version to a service that is about to load it, on nobody's behalf. Raises LogNotSigned."""
    require_peer(caller)
    return await _newest_proof(extension, number, caller=caller, records=records)


async def _newest_proof(extension: str, number: str, *, caller: Caller, records: Records) -> str:
    async with records.work(tenant_id=caller.tenant_id) as work:
        found = await find_extension(extension, extensions=work.extensions)
        version = await find_version(found, number, work=work)
        newest = await work.log.newest_checkpoint()
        if version.log_index is None or newest is None or newest.size <= version.log_index:
            raise LogNotSigned(
                f"No signed checkpoint of the transparency log covers {found.ref} {version.number} yet. "
                "Ask again in a moment.",
                details={"log_index": version.log_index},
            )
        return await _proof(version.log_index, newest, log=work.log)


async def read_leaf_proof(index: int, *, records: Records) -> str:
    """Prove any leaf against the first checkpoint that covers it, so that the answer is for ever the same.

    Raises LogNotSigned.
    """
    async with records.work() as work:
        checkpoint = await work.log.first_checkpoint_over(index)
        if checkpoint is None:
            raise LogNotSigned(
                f"No signed checkpoint of the transparency log covers the entry {index} yet.",
                details={"log_index": index},
            )
        return await _proof(index, checkpoint, log=work.log)


async def with_proof(
    answer: JsonObject, *, records: Records, signed: SignedSize, wait_seconds: float
) -> JsonObject:
    """Add the proof to a publication's answer, waiting a little for the signature; null if there is none.

    The first checkpoint that covers the leaf is taken, so that a repeat hears the same proof.
    """
    index = answer.get("logIndex")
    if not isinstance(index, int) or not await signed.wait_over(index, wait_seconds):
        return {**answer, "proof": None}
    async with records.work() as work:
        checkpoint = await work.log.first_checkpoint_over(index)
        proof = None if checkpoint is None else await _proof(index, checkpoint, log=work.log)
    return {**answer, "proof": proof}


async def _proof(index: int, checkpoint: StoredCheckpoint, *, log: TransparencyLog) -> str:
    plan = inclusion_plan(index, checkpoint.size)
    tiles = {tile: await log.tile(tile) for tile in plan.tiles}
    hashes = plan.assemble(TileHashes(checkpoint.size, tiles))
    return LogProof(index, hashes, checkpoint.note, extra=await log.entry(index)).to_text()


def _is_within(tile: Tile | EntriesTile, size: int) -> bool:
    """Tell whether a tree of ``size`` fills the tile as far as its width says."""
    available = size if isinstance(tile, EntriesTile) else size >> 8 * tile.level
    return tile.index * TILE_WIDTH + tile.width <= available


def _no_tile(path: str) -> LogTileNotFound:
    return LogTileNotFound(
        f'The signed part of the transparency log has no "{shown(path, limit=80)}".',
        details={"path": shown(path, limit=80)},
    )
