"""Who trusts nothing but the log's key: reads the log over HTTP and rebuilds it."""

import asyncio
from dataclasses import dataclass

from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionRef
from annex_shared.transparency import (
    Checkpoint,
    EntriesTile,
    Frontier,
    LogPolicy,
    LogProof,
    NoteVerifier,
    SignedCheckpoint,
    Tile,
    VerifiedEntry,
    leaf_hash,
    open_checkpoint,
    tiles_of,
    verify_version_proof,
)
from annex_shared.version_number import VersionNumber
from integration.registry.world import Answer, World, somebody

NOBODY = somebody(tenant=None)


@dataclass(frozen=True, slots=True)
class Auditor:
    world: World
    key: NoteVerifier

    async def get(self, path: str) -> Answer:
        return await self.world.ask("GET", f"/log/{path}", caller=NOBODY)

    async def checkpoint(self) -> SignedCheckpoint:
        answer = await self.get("checkpoint")
        assert answer.status == 200, answer.body
        return open_checkpoint(answer.body, [self.key])

    async def appeared(self, size: int) -> Checkpoint:
        """Wait for the checkpoint of a size, within ten seconds."""
        async with asyncio.timeout(10):
            while True:
                answer = await self.get("checkpoint")
                if answer.status == 200:
                    checkpoint = open_checkpoint(answer.body, [self.key]).checkpoint
                    if checkpoint.size == size:
                        return checkpoint
                await asyncio.sleep(0.02)

    async def tile(self, tile: Tile | EntriesTile) -> bytes:
        answer = await self.get(tile.path())
        assert answer.status == 200, answer.body
        body: bytes = answer.body
        return body

    async def hashes(self, size: int) -> dict[Tile, bytes]:
        return {tile: await self.tile(tile) for tile in tiles_of(size)}

    async def entries(self, size: int) -> list[bytes]:
        tiles = [EntriesTile(index) for index in range(size // 256)]
        if size % 256:
            tiles.append(EntriesTile(size // 256, size % 256))
        return [entry for tile in tiles for entry in tile.entries(await self.tile(tile))]

    async def rebuilt(self) -> tuple[Checkpoint, bytes]:
        """Return the newest checkpoint and the root over the entries that are served for it."""
        checkpoint = (await self.checkpoint()).checkpoint
        frontier = Frontier()
        for entry in await self.entries(checkpoint.size):
            frontier = frontier.append(leaf_hash(entry))
        return checkpoint, frontier.root()

    def verify(
        self,
        proof: str | bytes,
        content: bytes,
        *,
        version: str = "1.4.0",
        extension: str = "acme/invoice-notes",
    ) -> VerifiedEntry:
        """Verify as a stranger with the bundle in hand does."""
        return verify_version_proof(
            LogProof.parse(proof),
            LogPolicy.of(self.key),
            extension=ExtensionRef.parse(extension),
            version=VersionNumber.parse(version),
            content_hash=ContentHash.of(content),
        )
