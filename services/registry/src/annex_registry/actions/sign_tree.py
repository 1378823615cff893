"""Sign the committed tree: after the fence agrees, never inside the transaction of a leaf."""

from annex_registry.domain.errors import LogSigningRefused
from annex_registry.domain.ports import Fence, TransparencyLog
from annex_registry.domain.transparency import StoredCheckpoint, TreeState
from annex_shared.clock import Clock
from annex_shared.transparency import (
    Checkpoint,
    NoteSigner,
    TileHashes,
    open_checkpoint,
    root_plan,
    sign_checkpoint,
)
from annex_shared.transparency.errors import TransparencyError

_NONE_YET = -1


class TreeSigner:
    """One leader's memory: the newest fence it has compared the log with.

    A signed tree that the log contradicts later would be proof of a forged log, made by ourselves. So before
    each signature the log must hold every tree the fence knows, and the fence is raised before the checkpoint
    is shown to anybody.
    """

    def __init__(self, signer: NoteSigner, *, fence: Fence, clock: Clock) -> None:
        self._signer = signer
        self._fence = fence
        self._clock = clock
        self._fenced = _NONE_YET
        self._root = b""

    async def sign(self, log: TransparencyLog) -> StoredCheckpoint:
        """Sign the tree that is committed now and return its checkpoint. Raises LogSigningRefused."""
        state = await log.state()
        newest = await log.newest_signed()
        if newest is not None and newest.size == self._fenced == state.size and newest.root == state.root:
            return newest
        await self._compare(log, state)
        checkpoint = Checkpoint(self._signer.name, state.size, state.root)
        note = sign_checkpoint(checkpoint, self._signer)
        await self._raise_fence(note, state)
        stored = StoredCheckpoint(state.size, state.root, note.decode())
        await log.add_checkpoint(stored, at=self._clock.now())
        return stored

    async def check(self, log: TransparencyLog) -> None:
        """Make sure that the log is the one that was signed before. Raises LogSigningRefused."""
        await self._compare(log, await log.state())

    async def _compare(self, log: TransparencyLog, state: TreeState) -> None:
        await self._compare_with_fence(log, state)
        if await root_at(state.size, log) != state.root:
            raise _refused("tree_inconsistent", "The stored hashes do not lead to the stored root.", state)

    async def _compare_with_fence(self, log: TransparencyLog, state: TreeState) -> None:
        """Find what was signed last, by whomever, and make sure that the log still holds that tree."""
        newest = await self._fence.newest_fence(after=self._fenced)
        if newest is not None:
            self._root = self._root_of(newest, await self._fence.fence(newest), state)
            self._fenced = newest
        if self._fenced == _NONE_YET:
            return
        if state.size < self._fenced:
            raise _refused(
                "database_behind_fence",
                f"The database holds {state.size} leaves and a tree of {self._fenced} was signed: it is an "
                "older copy. Restore a newer one.",
                state,
            )
        if await root_at(self._fenced, log) != self._root:
            raise _refused(
                "root_differs",
                f"The first {self._fenced} leaves of the database are not the ones that were signed: the log "
                "forked. Keep both copies.",
                state,
            )

    def _root_of(self, size: int, note: bytes | None, state: TreeState) -> bytes:
        try:
            opened = open_checkpoint(note or b"", [self._signer.verifier]).checkpoint
        except TransparencyError as error:
            raise _refused(
                "fence_unreadable",
                f"The fence at size {size} is not signed by this log's key: {error}",
                state,
            ) from None
        if opened.size != size:
            raise _refused("fence_unreadable", f"The fence at size {size} is of another size.", state)
        return opened.root

    async def _raise_fence(self, note: bytes, state: TreeState) -> None:
        if not await self._fence.raise_fence(state.size, note) and (
            self._root_of(state.size, await self._fence.fence(state.size), state) != state.root
        ):
            raise _refused(
                "root_differs",
                f"Another tree of {state.size} leaves was signed meanwhile: the log forked.",
                state,
            )
        self._fenced, self._root = state.size, state.root


async def root_at(size: int, log: TransparencyLog) -> bytes:
    """Compute the root of the first ``size`` leaves out of stored hashes. Raises LogSigningRefused."""
    plan = root_plan(size)
    tiles = {tile: await log.tile(tile) for tile in plan.tiles}
    try:
        (root,) = plan.assemble(TileHashes(size, tiles))
    except TransparencyError:
        raise LogSigningRefused(
            "Hashes of the transparency log are missing from the database.",
            details={"reason": "tree_inconsistent", "size": size},
        ) from None
    return root


def _refused(reason: str, sentence: str, state: TreeState) -> LogSigningRefused:
    return LogSigningRefused(
        f"{sentence} Nothing was signed.", details={"reason": reason, "size": state.size}
    )
