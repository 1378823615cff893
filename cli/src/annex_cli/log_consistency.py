"""The claim `consistent`: every checkpoint of a log seen here is of one log that only grew."""

from collections.abc import Sequence
from dataclasses import dataclass

from annex_cli.claims import Claim, Status
from annex_cli.errors import LogPartMissing
from annex_cli.log_memory import LogMemory, SeenCheckpoint
from annex_cli.log_reader import LogReader
from annex_shared.transparency import consistency_plan, verify_consistency
from annex_shared.transparency.errors import TransparencyError

_CLAIM = "consistent"


@dataclass(frozen=True, slots=True)
class Consistency:
    """What came of comparing; ``newest`` is the checkpoint the log shows now, if it could be verified."""

    claim: Claim
    newest: SeenCheckpoint | None = None


class _Contradiction(Exception):
    def __init__(self, older: SeenCheckpoint, newer: SeenCheckpoint, reason: str) -> None:
        super().__init__(reason)
        self.older, self.newer = older, newer


async def check_consistency(
    memory: LogMemory, reader: LogReader | None, proven: SeenCheckpoint | None, *, subject: str
) -> Consistency:
    """Compare what the log shows now, a proof's checkpoint and the one seen last; keep the newest.

    Without a ``reader`` no tiles can be had, so that only trees of one size can be compared.
    """
    known = memory.newest()
    try:
        shown_now = SeenCheckpoint.opened(await reader.checkpoint(), memory.policy) if reader else None
    except LogPartMissing:
        if known is None and proven is None:
            raise
        return Consistency(_failed(subject, "the log shows no checkpoint any more"))
    except TransparencyError as error:
        return Consistency(_failed(subject, error.message))
    seen = [each for each in (known, proven, shown_now) if each is not None and each.size > 0]
    try:
        is_whole = await _compare(seen, reader)
    except _Contradiction as found:
        place = memory.keep_evidence(found.older, found.newer.note)
        text = (
            f"the tree of {found.newer.size} does not only add to the tree of {found.older.size} seen here: "
            f"{found} Both signed notes are kept in {place}"
        )
        return Consistency(_failed(subject, text, evidence=str(place)))
    if is_whole and seen:
        memory.remember(max(seen, key=lambda each: each.size), after=known)
    return Consistency(_claim(subject, known, seen, is_whole=is_whole), shown_now)


async def _compare(seen: Sequence[SeenCheckpoint], reader: LogReader | None) -> bool:
    """Show every tree to be the beginning of the largest; False if that takes tiles nobody can be asked for.

    A log that shows less than was seen here is asked for the tiles of the larger tree: an old answer out of
    a cache has them behind it, a log that was cut has not.
    """
    newest = max(seen, key=lambda each: each.size, default=None)
    is_whole = True
    for older in seen:
        if newest is None or (older.size, older.checkpoint.root) == (newest.size, newest.checkpoint.root):
            continue
        if older.size == newest.size:
            raise _Contradiction(older, newest, "they are of one size and have different roots.")
        if reader is None:
            is_whole = False
        else:
            await _prove(older, newest, reader)
    return is_whole


async def _prove(older: SeenCheckpoint, newer: SeenCheckpoint, reader: LogReader) -> None:
    try:
        proof = await reader.hashes(consistency_plan(older.size, newer.size))
        verify_consistency(older.size, older.checkpoint.root, newer.size, newer.checkpoint.root, proof)
    except (TransparencyError, LogPartMissing) as error:
        raise _Contradiction(older, newer, error.message) from None


def _claim(
    subject: str, known: SeenCheckpoint | None, seen: Sequence[SeenCheckpoint], *, is_whole: bool
) -> Claim:
    sizes = sorted({each.size for each in seen})
    size = sizes[-1] if sizes else 0
    facts = {"tree_size": size, "seen_before": known.size if known else None}
    if not is_whole:
        text = f"the trees of {' and '.join(map(str, sizes))} can only be compared with the log's tiles"
        return Claim(_CLAIM, Status.UNCHECKED, subject, text, facts)
    if known is None:
        text = f"no checkpoint of this log was seen here before; the tree of {size} is kept to compare with"
        return Claim(_CLAIM, Status.NONE, subject, text, facts)
    text = f"the tree of {size} only adds to the tree of {sizes[0]} seen here before"
    if size == known.size:
        text = f"the tree of {size} is the largest seen here, and nothing shown differs from it"
    return Claim(_CLAIM, Status.OK, subject, text, facts)


def _failed(subject: str, text: str, *, evidence: str | None = None) -> Claim:
    return Claim(_CLAIM, Status.FAILED, subject, text, {"kept_in": evidence})
