"""Have a witness cosign a signed tree, and keep what it answered."""

from datetime import timedelta
from typing import Final, assert_never

import structlog

from annex_registry.domain.ports import Records, Witness
from annex_registry.domain.transparency import StoredCheckpoint
from annex_registry.domain.witnessing import Outcome, WitnessCosigned, WitnessHasSize, WitnessRefused
from annex_shared.clock import Clock
from annex_shared.transparency import (
    AddCheckpoint,
    NoteSignature,
    TileHashes,
    consistency_plan,
    cosigned_at,
    read_cosignatures,
)
from annex_shared.transparency.errors import TransparencyError

# The size it saw last is remembered, so the first request is the last one, unless somebody else asked it too.
_MAX_REQUESTS: Final = 3
_CLOCKS_DIFFER: Final = timedelta(hours=1)
_FORBIDDEN, _NOT_FOUND, _UNPROCESSABLE = 403, 404, 422

log = structlog.get_logger()


async def cosign_checkpoint(
    checkpoint: StoredCheckpoint, *, witness: Witness, records: Records, clock: Clock
) -> Outcome:
    """Ask for a cosignature of ``checkpoint`` and keep it. Raises UnavailableError of the database.

    The witness says which tree it saw last, and is given the proof that this one only adds to it.
    """
    old_size = await _seen_by(witness, checkpoint, records=records)
    for _ in range(_MAX_REQUESTS):
        request = AddCheckpoint(
            old_size,
            await _growth(old_size, checkpoint.size, records=records),
            checkpoint.note.encode(),
        )
        answer = await witness.add_checkpoint(request)
        match answer:
            case WitnessCosigned(lines):
                return await _keep(lines, checkpoint, witness=witness, records=records, clock=clock)
            case WitnessHasSize(size):
                if size > checkpoint.size:
                    return _ended(Outcome.AHEAD, checkpoint, witness, f"it saw a tree of {size}")
                if size == old_size:
                    return _ended(Outcome.CONTRADICTS, checkpoint, witness, f"another tree of {size}")
                old_size = size
            case WitnessRefused(reason, status):
                return _ended(_meaning_of(status), checkpoint, witness, reason)
            case _:
                assert_never(answer)
    return _ended(Outcome.FAILED, checkpoint, witness, "the size it saw changes all the time")


async def _seen_by(witness: Witness, checkpoint: StoredCheckpoint, *, records: Records) -> int:
    async with records.work() as work:
        last = await work.log.last_cosigned(witness.verifier)
    return 0 if last is None else min(last.size, checkpoint.size)


async def _growth(old_size: int, size: int, *, records: Records) -> tuple[bytes, ...]:
    plan = consistency_plan(old_size, size)
    async with records.work() as work:
        tiles = {tile: await work.log.tile(tile) for tile in plan.tiles}
    return plan.assemble(TileHashes(size, tiles))


async def _keep(
    lines: bytes, checkpoint: StoredCheckpoint, *, witness: Witness, records: Records, clock: Clock
) -> Outcome:
    """Keep the newest good line; one that the witness did not make, or dated wildly, is as good as none."""
    try:
        made = read_cosignatures(checkpoint.note.encode(), lines, [witness.verifier])
    except TransparencyError as error:
        return _ended(Outcome.FAILED, checkpoint, witness, error.message)
    newest: NoteSignature = max(made, key=cosigned_at)
    if cosigned_at(newest) > (clock.now() + _CLOCKS_DIFFER).timestamp():
        return _ended(Outcome.FAILED, checkpoint, witness, "its cosignature is from the future")
    async with records.work() as work:
        await work.log.add_cosignature(checkpoint.size, newest)
    log.info("checkpoint_cosigned", witness=witness.name, size=checkpoint.size)
    return Outcome.COSIGNED


def _meaning_of(status: int | None) -> Outcome:
    if status in (_FORBIDDEN, _NOT_FOUND):
        return Outcome.UNKNOWN_LOG
    return Outcome.CONTRADICTS if status == _UNPROCESSABLE else Outcome.FAILED


def _ended(outcome: Outcome, checkpoint: StoredCheckpoint, witness: Witness, reason: str) -> Outcome:
    """Say what happened. What may be a forked log is an error: only a person can tell which copy is right."""
    tell = log.error if outcome.is_alarming else log.warning
    event = "witness_contradicts_log" if outcome.is_alarming else "checkpoint_not_cosigned"
    tell(event, witness=witness.name, size=checkpoint.size, outcome=outcome.value, reason=reason)
    return outcome
