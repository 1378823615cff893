"""Reads a transparency log over HTTP (c2sp.org/tlog-tiles); nothing read is believed here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from annex_cli.errors import LogPartMissing
from annex_cli.platform_client import PlatformClient, refusal_of
from annex_shared.transparency import EntriesTile, ProofPlan, Tile, TileHashes, encode_entries
from annex_shared.transparency.tiles import TILE_WIDTH

_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class LogReader:
    """Every method raises LogPartMissing for what is not served, and what the client raises."""

    client: PlatformClient

    async def checkpoint(self) -> bytes:
        """Return the newest signed note; LogPartMissing if the log shows none."""
        return await self._get("checkpoint")

    async def hashes(self, plan: ProofPlan) -> tuple[bytes, ...]:
        """Fetch the tiles of a proof and assemble it. Raises TileMalformed."""
        tiles = {tile: await self._tile(tile) for tile in plan.tiles}
        return plan.assemble(TileHashes(plan.size, tiles))

    async def entries(self, size: int) -> AsyncIterator[bytes]:
        """Read the first ``size`` entries in order, a few tiles at once. Raises TileMalformed."""
        count = -(-size // TILE_WIDTH)
        for begin in range(0, count, _AT_ONCE):
            tiles = [_entries_tile(index, size) for index in range(begin, min(begin + _AT_ONCE, count))]
            contents = await asyncio.gather(*(self._entries(tile) for tile in tiles))
            for tile, content in zip(tiles, contents, strict=True):
                for entry in tile.entries(content):
                    yield entry

    async def _tile(self, tile: Tile) -> bytes:
        try:
            return await self._get(tile.path())
        except LogPartMissing:
            if tile.width == TILE_WIDTH:
                raise
            # Partial tiles may be dropped once the full one exists.
            return tile.first(await self._get(tile.full().path()))

    async def _entries(self, tile: EntriesTile) -> bytes:
        try:
            return await self._get(tile.path())
        except LogPartMissing:
            if tile.width == TILE_WIDTH:
                raise
            full = tile.full()
            entries = full.entries(await self._get(full.path()))
            return encode_entries(entries[: tile.width])

    async def _get(self, path: str) -> bytes:
        answer = await self.client.send("GET", f"/log/{path}")
        if answer.status == HTTPStatus.NOT_FOUND:
            raise LogPartMissing(f"The log does not serve {path}.", details={"path": path})
        if answer.status != HTTPStatus.OK:
            raise refusal_of(answer)
        return answer.body


def _entries_tile(index: int, size: int) -> EntriesTile:
    return EntriesTile(index, min(TILE_WIDTH, size - index * TILE_WIDTH))
