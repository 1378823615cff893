"""Ask the witnesses about each signed tree, all at once; wait for the quorum and for nobody beyond it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from annex_registry.actions.cosign_checkpoint import cosign_checkpoint
from annex_registry.actions.show_checkpoint import show_checkpoint
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.ports import Records, Witness
from annex_registry.domain.transparency import StoredCheckpoint
from annex_registry.domain.witnessing import Outcome, WitnessTurn
from annex_shared.clock import Clock
from annex_shared.transparency import LogPolicy


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """``trust`` says which cosignatures a tree needs before it is shown; None shows it at once."""

    trust: LogPolicy | None = None
    max_rest_seconds: float = 30.0
    refresh_seconds: float = 3600.0


@dataclass(slots=True)
class _Place:
    witness: Witness
    turn: WitnessTurn
    asking: asyncio.Task[None] | None = None


class WitnessRounds:
    """The signer's witnesses. One that is slow holds up nothing that can go on without it.

    A request that is still under way when its round ends goes on, and what it brings is kept.
    """

    def __init__(
        self,
        policy: WitnessPolicy,
        witnesses: Sequence[Witness],
        *,
        records: Records,
        clock: Clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._policy = policy
        self._places = [
            _Place(witness, WitnessTurn(policy.max_rest_seconds, policy.refresh_seconds))
            for witness in witnesses
        ]
        self._records = records
        self._clock = clock
        self._monotonic = monotonic
        self._shown_size = -1

    async def gather(self, checkpoint: StoredCheckpoint) -> bool:
        """Ask whoever has not cosigned ``checkpoint``, and tell whether it is shown.

        Returns when it is, or when nobody who was asked now can still change that: a round lasts no longer
        than the witnesses' own time limits. Raises UnavailableError.
        """
        self._raise_crashes()
        asked = {self._ask(place, checkpoint) for place in self._places if self._is_free(place, checkpoint)}
        is_shown = await self._show(checkpoint.size)
        while asked and not is_shown:
            _, asked = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            is_shown = await self._show(checkpoint.size)
        return is_shown

    def says(self) -> str:
        """Write for operators how every witness did last."""
        return ", ".join(f"{place.witness.name} {place.turn.says()}" for place in self._places)

    async def close(self) -> None:
        asking = [place.asking for place in self._places if place.asking is not None]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _is_free(self, place: _Place, checkpoint: StoredCheckpoint) -> bool:
        return place.asking is None and place.turn.is_due(checkpoint.size, self._monotonic())

    def _ask(self, place: _Place, checkpoint: StoredCheckpoint) -> asyncio.Task[None]:
        place.asking = asyncio.create_task(
            self._asked(place, checkpoint), name=f"witness {place.witness.name}"
        )
        return place.asking

    async def _asked(self, place: _Place, checkpoint: StoredCheckpoint) -> None:
        try:
            outcome = await cosign_checkpoint(
                checkpoint, witness=place.witness, records=self._records, clock=self._clock
            )
        except UnavailableError:
            # The signer meets the same fault and tells of it.
            outcome = Outcome.FAILED
        place.turn.end(outcome, checkpoint.size, self._monotonic())
        place.asking = None

    async def _show(self, size: int) -> bool:
        if size != self._shown_size and await show_checkpoint(
            size, policy=self._policy.trust, records=self._records, clock=self._clock
        ):
            self._shown_size = size
        return size == self._shown_size

    def _raise_crashes(self) -> None:
        """Let what nobody foresaw end the signer, and with it the process, as in any other loop."""
        for place in self._places:
            if place.asking is not None and place.asking.done():
                place.asking.result()


@asynccontextmanager
async def witness_rounds(
    policy: WitnessPolicy, witnesses: Sequence[Witness], *, records: Records, clock: Clock
) -> AsyncIterator[WitnessRounds]:
    """Open rounds for the length of the block; requests under way end with it."""
    rounds = WitnessRounds(policy, witnesses, records=records, clock=clock)
    try:
        yield rounds
    finally:
        await rounds.close()
