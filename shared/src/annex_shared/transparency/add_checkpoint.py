"""What a log sends a witness (c2sp.org/tlog-witness, add-checkpoint): an old size, a proof, a checkpoint."""

from dataclasses import dataclass
from typing import Final

from annex_shared.transparency.canonical import NotCanonical, read_decimal, read_hash, write_base64
from annex_shared.transparency.checkpoint import Checkpoint
from annex_shared.transparency.errors import AddCheckpointMalformed, ConsistencyBroken
from annex_shared.transparency.merkle import verify_consistency

MAX_HASHES: Final = 63
# The content type of a refusal whose body is the size that the witness has.
SIZE_TYPE: Final = "text/x.tlog.size"
_OLD: Final = "old "


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """The request's body; ``proof`` leads from the tree of ``old_size`` to the one that ``note`` signs."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def to_bytes(self) -> bytes:
        lines = [f"{_OLD}{self.old_size}", *map(write_base64, self.proof)]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note

    @classmethod
    def parse(cls, data: bytes) -> "AddCheckpoint":
        """Read a body; the note is not looked at. Raise AddCheckpointMalformed."""
        head, blank, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
            if not blank or not note or not lines[0].startswith(_OLD) or len(lines) > MAX_HASHES + 1:
                raise _malformed(
                    f"it is not the old size, at most {MAX_HASHES} hashes, a blank line and a note"
                )
            return cls(read_decimal(lines[0].removeprefix(_OLD)), tuple(map(read_hash, lines[1:])), note)
        except UnicodeDecodeError:
            raise _malformed("the lines before the checkpoint are not ASCII") from None
        except NotCanonical as reason:
            raise _malformed(str(reason)) from None

    def verify_growth(self, old_root: bytes, checkpoint: Checkpoint) -> None:
        """Raise ConsistencyBroken unless the proof shows that ``checkpoint`` only adds to the old tree.

        Every tree begins with the empty one, so from there the proof is empty.
        """
        if self.old_size == 0:
            if self.proof:
                raise ConsistencyBroken("From the empty tree there is nothing to prove; send no hashes.")
            return
        verify_consistency(self.old_size, old_root, checkpoint.size, checkpoint.root, self.proof)


def _malformed(reason: str) -> AddCheckpointMalformed:
    return AddCheckpointMalformed(
        f"The body is not one of add-checkpoint: {reason}.", details={"reason": reason}
    )
