"""The signer's loop: leaves of one moment share a signature."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from annex_registry.domain.ports import SignerLead, SignerLeads
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.transparency import StoredCheckpoint, TreeState
from annex_registry.loops.signer import sign_for_ever
from annex_registry.loops.witness_rounds import WitnessRounds
from annex_shared.clock import SystemClock
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner, Tile, leaf_hash
from annex_shared.transparency.merkle import Frontier

LONG = 60.0


@dataclass
class FakeLog:
    """A log of fewer leaves than one tile holds, in memory; also its lead and its fence."""

    leaves: list[bytes] = field(default_factory=list)
    signed_sizes: list[int] = field(default_factory=list)
    newest: StoredCheckpoint | None = None
    is_declared: bool = False
    fences: dict[int, bytes] = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def log(self) -> "FakeLog":
        return self

    def commit(self, entry: bytes) -> None:
        self.leaves.append(leaf_hash(entry))
        self.woken.set()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[SignerLead]:
        yield cast("SignerLead", self)

    async def become_leader(self) -> bool:
        return True

    async def declare_checked(self) -> None:
        self.is_declared = True

    async def wait(self, timeout_seconds: float) -> None:
        async with asyncio.timeout(timeout_seconds):
            await self.woken.wait()
        self.woken.clear()

    async def state(self) -> TreeState:
        frontier = Frontier()
        for leaf in self.leaves:
            frontier = frontier.append(leaf)
        return TreeState(frontier.size, frontier.root())

    async def newest_signed(self) -> StoredCheckpoint | None:
        return self.newest

    async def tile(self, tile: Tile) -> bytes:
        return b"".join(self.leaves[: tile.width])

    async def add_checkpoint(self, checkpoint: StoredCheckpoint, *, at: datetime) -> None:
        assert at.tzinfo is not None
        self.newest = checkpoint
        self.signed_sizes.append(checkpoint.size)

    async def newest_fence(self, *, after: int) -> int | None:
        return max((size for size in self.fences if size > after), default=None)

    async def fence(self, size: int) -> bytes | None:
        return self.fences.get(size)

    async def raise_fence(self, size: int, note: bytes) -> bool:
        return self.fences.setdefault(size, note) is note


class NoWitnesses:
    async def gather(self, checkpoint: StoredCheckpoint) -> bool:
        return checkpoint.size >= 0


@asynccontextmanager
async def signing(log: FakeLog, signed: SignedSize) -> AsyncIterator[None]:
    """Run the loop, which has signed what is there, for the length of the block."""
    loop = sign_for_ever(
        cast("SignerLeads", log),
        NoteSigner("log.example/annex", SigningKey.generate()),
        signed,
        fence=log,
        rounds=cast("WitnessRounds", NoWitnesses()),
        clock=SystemClock(),
        poll_seconds=LONG,
        gather_seconds=LONG,
    )
    task = asyncio.create_task(loop)
    try:
        assert await signed.wait_over(-1, LONG)
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def turns() -> None:
    """Let everybody go on who can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_leaves_of_publications_under_way_share_a_signature() -> None:
    log, signed = FakeLog(), SignedSize(has_key=True)
    async with signing(log, signed):
        with signed.approaching():
            with signed.approaching():
                log.commit(b"one")
            await turns()
            log.commit(b"two")
        is_signed = await signed.wait_over(1, LONG)

    assert is_signed
    assert log.signed_sizes == [0, 2]


async def test_a_leaf_with_nobody_else_under_way_is_signed_alone() -> None:
    log, signed = FakeLog(), SignedSize(has_key=True)
    async with signing(log, signed):
        for index, entry in enumerate((b"one", b"two")):
            with signed.approaching():
                log.commit(entry)
            await signed.wait_over(index, LONG)

    assert log.signed_sizes == [0, 1, 2]
