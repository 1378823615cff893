"""Trust policies (c2sp.org/tlog-policy): which logs are accepted, and how many witnesses must agree."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from annex_shared.display_text import shown
from annex_shared.transparency.checkpoint import Checkpoint, open_checkpoint, origin_of
from annex_shared.transparency.cosignature import CosignatureVerifier, cosigned_at
from annex_shared.transparency.errors import OriginMismatch, QuorumMissing
from annex_shared.transparency.note import Note, NoteVerifier

NO_QUORUM: Final = "none"


@dataclass(frozen=True, slots=True)
class PolicyLog:
    verifier: NoteVerifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness under the name the policy's groups call it by."""

    name: str
    verifier: CosignatureVerifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WitnessGroup:
    """Agrees if at least ``threshold`` of its members do: witnesses and groups named before it."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A witness of the policy that cosigned, and when it last did (POSIX seconds)."""

    witness: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class AcceptedCheckpoint:
    """A checkpoint that a policy accepts, and which of its witnesses cosigned."""

    checkpoint: Checkpoint
    cosigned: tuple[Cosigned, ...]


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """The keys a verifier trusts. ``quorum`` names a witness or group; None asks for no cosignature."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: tuple[WitnessGroup, ...] = ()
    quorum: str | None = None

    @classmethod
    def of(
        cls, log: NoteVerifier, witnesses: Sequence[CosignatureVerifier] = (), *, quorum: int = 0
    ) -> "LogPolicy":
        """Accept one log and ask for ``quorum`` of the witnesses."""
        if not 0 <= quorum <= len(witnesses):
            raise ValueError("a quorum is at most the number of witnesses")
        known = tuple(PolicyWitness(f"w{at}", verifier) for at, verifier in enumerate(witnesses))
        if quorum == 0:
            return cls((PolicyLog(log),), known)
        group = WitnessGroup("all", quorum, tuple(witness.name for witness in known))
        return cls((PolicyLog(log),), known, (group,), group.name)

    def without_quorum(self) -> "LogPolicy":
        """Trust the same logs and know the same witnesses, and ask for none of them."""
        return replace(self, quorum=None)

    def is_met_by(self, cosigned: Collection[str]) -> bool:
        """Tell whether these witnesses, by their names in the policy, are enough."""
        agreed = set(cosigned)
        for group in self.groups:
            if sum(member in agreed for member in group.members) >= group.threshold:
                agreed.add(group.name)
        return self.quorum is None or self.quorum in agreed

    def accept(self, note: bytes) -> AcceptedCheckpoint:
        """Open a checkpoint that a log of the policy signed and enough of its witnesses cosigned.

        Raise what ``open_checkpoint`` raises, OriginMismatch for a log that is not listed, QuorumMissing.
        """
        opened = open_checkpoint(
            note, self._keys_of_log(note), [witness.verifier for witness in self.witnesses]
        )
        cosigned = tuple(self._cosigned(opened.note))
        if not self.is_met_by({each.witness for each in cosigned}):
            raise QuorumMissing(
                f"The checkpoint of size {opened.checkpoint.size} is cosigned by {len(cosigned)} of "
                f"{len(self.witnesses)} known witnesses, and that is not the quorum the policy asks for. "
                "Either the log shows this tree to some and another one to its witnesses, or they are away.",
                details={"cosigned": [each.witness for each in cosigned], "quorum": self.quorum},
            )
        return AcceptedCheckpoint(opened.checkpoint, cosigned)

    def _keys_of_log(self, note: bytes) -> list[NoteVerifier]:
        origin = origin_of(note)
        logs = [log.verifier for log in self.logs if log.verifier.name == origin]
        if not logs:
            raise OriginMismatch(
                f"The checkpoint is of the log {shown(origin, limit=80)}, which the policy does not list.",
                details={"origin": shown(origin)},
            )
        return logs

    def _cosigned(self, note: Note) -> list[Cosigned]:
        made = {
            witness.name: [cosigned_at(each) for each in note.signatures_by(witness.verifier)]
            for witness in self.witnesses
        }
        return [Cosigned(name, max(timestamps)) for name, timestamps in made.items() if timestamps]
