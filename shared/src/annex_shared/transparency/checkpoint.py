"""Checkpoints (c2sp.org/tlog-checkpoint): a log's signed statement of its size and root."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annex_shared.display_text import shown
from annex_shared.transparency.canonical import NotCanonical, read_decimal, read_hash, write_base64
from annex_shared.transparency.errors import (
    CheckpointMalformed,
    EmptyRootWrong,
    NoteSignerUnknown,
    OriginMismatch,
)
from annex_shared.transparency.merkle import EMPTY_ROOT
from annex_shared.transparency.note import (
    Note,
    NoteSigner,
    NoteVerifier,
    Verifier,
    open_note,
    parse_note,
    sign,
)

_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of ``size`` leaves of the log ``origin`` has this root. We write no extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def to_body(self) -> str:
        """Write the text that is signed; raise CheckpointMalformed if it could not be read back."""
        lines = (self.origin, str(self.size), write_base64(self.root), *self.extensions)
        body = "".join(f"{line}\n" for line in lines)
        if Checkpoint.parse(body) != self:
            raise _malformed("a line of it holds a line break")
        return body

    @classmethod
    def parse(cls, body: str) -> "Checkpoint":
        """Read a note's text; raise CheckpointMalformed."""
        lines = body.split("\n")
        if len(lines) <= _LINES or lines[-1] or not all(lines[:-1]):
            raise _malformed("it is not three or more lines with text in each")
        origin, size, root, *extensions = lines[:-1]
        try:
            checkpoint = cls(origin, read_decimal(size), read_hash(root), tuple(extensions))
        except NotCanonical as reason:
            raise _malformed(str(reason)) from None
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise EmptyRootWrong("The checkpoint of size 0 does not have the empty tree's root hash.")
        return checkpoint


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint its log has signed, and the note around it."""

    checkpoint: Checkpoint
    note: Note


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner) -> bytes:
    """Write the signed note; the caller has made sure that no other tree of this size was ever signed."""
    if signer.name != checkpoint.origin:
        raise _other_origin(checkpoint.origin, signer.name)
    return sign(checkpoint.to_body(), [signer])


def open_checkpoint(
    data: bytes, logs: Sequence[NoteVerifier], witnesses: Iterable[Verifier] = ()
) -> SignedCheckpoint:
    """Read a checkpoint that its log has signed by one of ``logs``, the keys of one log or of several.

    Raise what ``open_note`` raises, OriginMismatch and CheckpointMalformed. Which of ``witnesses`` cosigned
    is found in the note; whether they are enough is for a policy to say.
    """
    note = open_note(data, [*logs, *witnesses])
    signed = [log.name for log in logs if note.signatures_by(log)]
    if not signed:
        raise NoteSignerUnknown(
            "The checkpoint is signed by no key of a known log.",
            details={"key_names": [shown(each.name) for each in note.unverified[:3]]},
        )
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin not in signed:
        raise _other_origin(checkpoint.origin, signed[0])
    return SignedCheckpoint(checkpoint, note)


def origin_of(data: bytes) -> str:
    """Return whose checkpoint this claims to be, to choose the key that can tell."""
    return parse_note(data).text.partition("\n")[0]


def _other_origin(origin: str, name: str) -> OriginMismatch:
    return OriginMismatch(
        f"The checkpoint is of the log {shown(origin, limit=80)}, the key of {shown(name, limit=80)}.",
        details={"origin": shown(origin), "key_name": shown(name)},
    )


def _malformed(reason: str) -> CheckpointMalformed:
    return CheckpointMalformed(f"The checkpoint cannot be read: {reason}.", details={"reason": reason})
