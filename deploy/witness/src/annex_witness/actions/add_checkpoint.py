"""Cosign a checkpoint (c2sp.org/tlog-witness): compared with the newest one, kept, and only then signed."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from annex_shared.clock import Clock
from annex_shared.display_text import shown
from annex_shared.transparency import (
    AddCheckpoint,
    Cosigner,
    NoteVerifier,
    ParsedNote,
    SignedCheckpoint,
    open_checkpoint,
    origin_of,
)
from annex_shared.transparency.errors import (
    AddCheckpointMalformed,
    ConsistencyBroken,
    NoteMalformed,
    TransparencyError,
)
from annex_witness.domain.errors import (
    CheckpointInconsistent,
    CheckpointMalformed,
    CheckpointNotSigned,
    LogUnknown,
    SeenAnotherTree,
)
from annex_witness.domain.memory import LogKeys, SeenTrees

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WitnessPorts:
    """One witness: its key, the logs it knows and what it saw of them."""

    cosigner: Cosigner
    logs: LogKeys
    seen: SeenTrees
    clock: Clock
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))


async def add_checkpoint(body: bytes, *, ports: WitnessPorts) -> str:
    """Return the signature line of our cosignature. Raises the refusals of ``domain.errors``."""
    request, origin = _read(body)
    keys = ports.logs.get(origin)
    if keys is None:
        raise LogUnknown(
            f"This witness was not told to witness the log {shown(origin, limit=80)}.",
            details={"origin": shown(origin, limit=80)},
        )
    offered = _opened(request.note, keys)
    if request.old_size > offered.checkpoint.size:
        raise CheckpointMalformed("The old size is above the checkpoint's.")
    # Shielded: a caller that leaves must not let the next one in before the write has ended.
    return await asyncio.shield(_cosigned(request, offered, keys=keys, ports=ports))


async def _cosigned(
    request: AddCheckpoint, offered: SignedCheckpoint, *, keys: Sequence[NoteVerifier], ports: WitnessPorts
) -> str:
    """Compare, keep and cosign as one step for each log; two at once could roll a tree back."""
    origin = offered.checkpoint.origin
    async with ports.turns[origin]:
        await _compare(request, offered, ports=ports, keys=keys)
        note = ParsedNote(offered.note.text, offered.note.verified).to_bytes()
        await asyncio.to_thread(ports.seen.keep, origin, note)
    now = int(ports.clock.now().timestamp())
    log.info("checkpoint_cosigned", origin=origin, size=offered.checkpoint.size, old_size=request.old_size)
    return ports.cosigner.cosign(offered.note.text, timestamp=now).line()


def _read(body: bytes) -> tuple[AddCheckpoint, str]:
    try:
        request = AddCheckpoint.parse(body)
        return request, origin_of(request.note)
    except (AddCheckpointMalformed, NoteMalformed) as error:
        raise CheckpointMalformed(error.message) from None


def _opened(note: bytes, keys: Sequence[NoteVerifier]) -> SignedCheckpoint:
    try:
        return open_checkpoint(note, keys)
    except TransparencyError as error:
        raise CheckpointNotSigned(error.message) from None


async def _compare(
    request: AddCheckpoint, offered: SignedCheckpoint, *, ports: WitnessPorts, keys: Sequence[NoteVerifier]
) -> None:
    """Raise SeenAnotherTree or CheckpointInconsistent unless the tree only adds to the one seen last."""
    newest = await asyncio.to_thread(ports.seen.newest, offered.checkpoint.origin, keys)
    size, root = (0, b"") if newest is None else (newest.checkpoint.size, newest.checkpoint.root)
    if request.old_size != size:
        raise SeenAnotherTree(f"The tree cosigned last has {size} leaves, not {request.old_size}.", size=size)
    if newest is not None and offered.checkpoint.size == size and offered.checkpoint.root != root:
        _tell_of_fork(newest, offered)
        raise SeenAnotherTree(f"Another tree of {size} leaves was cosigned.", size=size)
    try:
        request.verify_growth(root, offered.checkpoint)
    except ConsistencyBroken as error:
        _tell_of_fork(newest, offered)
        raise CheckpointInconsistent(error.message) from None


def _tell_of_fork(newest: SignedCheckpoint | None, offered: SignedCheckpoint) -> None:
    """Keep both notes in the log: two of one size, or two that no proof connects, show a forked log."""
    log.error(
        "checkpoint_contradicts",
        origin=offered.checkpoint.origin,
        seen=None if newest is None else newest.note.text,
        offered=offered.note.text,
    )
