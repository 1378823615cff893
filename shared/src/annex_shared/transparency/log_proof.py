"""Proofs that travel with a bundle (c2sp.org/tlog-proof@v1), and their verification offline."""

from dataclasses import dataclass
from typing import Final

from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef
from annex_shared.transparency.canonical import (
    MAX_NUMBER,
    NotCanonical,
    read_base64,
    read_decimal,
    read_hash,
    write_base64,
)
from annex_shared.transparency.entries import LogEntry, VersionEntry, parse_entry
from annex_shared.transparency.errors import EntryMismatch, LogProofMalformed, NoteMalformed
from annex_shared.transparency.merkle import leaf_hash, verify_inclusion
from annex_shared.transparency.note import MAX_NOTE_BYTES, parse_note
from annex_shared.transparency.policy import AcceptedCheckpoint, LogPolicy
from annex_shared.transparency.tiles import MAX_ENTRY_BYTES
from annex_shared.version_number import VersionNumber

FORMAT: Final = "c2sp.org/tlog-proof@v1"
_MAX_HASHES: Final = MAX_NUMBER.bit_length()
_MAX_BYTES: Final = MAX_NOTE_BYTES + 2 * MAX_ENTRY_BYTES


@dataclass(frozen=True, slots=True)
class LogProof:
    """Where an entry stands, the hashes from its leaf to the root, and the checkpoint that signs the root.

    ``extra`` is not signed. Our proofs carry the entry itself there, to be compared with what is held.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: str
    extra: bytes | None = None

    def to_text(self) -> str:
        """Write the proof; raise LogProofMalformed if it could not be read back."""
        extra = [] if self.extra is None else [f"extra {write_base64(self.extra)}"]
        hashes = [write_base64(component) for component in self.hashes]
        text = "\n".join([FORMAT, *extra, f"index {self.index}", *hashes, "", self.checkpoint_note])
        if LogProof.parse(text) != self:
            raise _malformed("a part of it runs into the next")
        return text

    @classmethod
    def parse(cls, text: str | bytes) -> "LogProof":
        """Read a proof without believing it; raise LogProofMalformed."""
        if len(text) > _MAX_BYTES:
            raise _malformed(f"it is larger than {_MAX_BYTES:,} bytes")
        try:
            whole = text if isinstance(text, str) else text.decode("utf-8")
            return cls._read(whole)
        except UnicodeDecodeError as error:
            raise _malformed(f"it is not UTF-8 at byte {error.start}") from None
        except NotCanonical as reason:
            raise _malformed(str(reason)) from None
        except NoteMalformed as reason:
            raise _malformed(reason.message) from None

    @classmethod
    def _read(cls, whole: str) -> "LogProof":
        head, blank, note = whole.partition("\n\n")
        first, *lines = head.split("\n")
        if not blank or first != FORMAT:
            raise _malformed(f"it does not begin with {FORMAT}, or ends before the checkpoint")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = read_base64(lines.pop(0).removeprefix("extra "))
        if extra == b"" or not lines or not lines[0].startswith("index "):
            raise _malformed("the line index is missing, or the line extra is empty")
        if len(lines) - 1 > _MAX_HASHES:
            raise _malformed(f"it holds more than {_MAX_HASHES} hashes")
        parse_note(note.encode("utf-8", "surrogatepass"))
        index = read_decimal(lines[0].removeprefix("index "))
        return cls(index, tuple(read_hash(line) for line in lines[1:]), note, extra)


@dataclass(frozen=True, slots=True)
class VerifiedEntry:
    """An entry that is in the log, at this index of the tree that this checkpoint signs."""

    entry: LogEntry
    index: int
    accepted: AcceptedCheckpoint


def verify_log_proof(proof: LogProof, entry: bytes, policy: LogPolicy) -> VerifiedEntry:
    """Verify that the log holds exactly these bytes; what they say is for the caller to compare.

    Raise what ``LogPolicy.accept`` raises, EntryMalformed and InclusionBroken.
    """
    accepted = policy.accept(proof.checkpoint_note.encode())
    checkpoint = accepted.checkpoint
    verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root)
    return VerifiedEntry(parse_entry(entry), proof.index, accepted)


def verify_version_proof(
    proof: LogProof,
    policy: LogPolicy,
    *,
    extension: ExtensionRef,
    version: VersionNumber,
    content_hash: ContentHash,
) -> VerifiedEntry:
    """Verify that the log holds the publication of the very bundle whose content hash was computed.

    The entry is taken from the proof's ``extra``. Raise EntryMismatch if it is about anything else, and what
    ``verify_log_proof`` raises.
    """
    if proof.extra is None:
        raise LogProofMalformed("The proof does not carry its entry. Ask the registry for the proof again.")
    verified = verify_log_proof(proof, proof.extra, policy)
    _refuse_difference(verified.entry, extension=extension, version=version, content_hash=content_hash)
    return verified


def _refuse_difference(
    entry: LogEntry, *, extension: ExtensionRef, version: VersionNumber, content_hash: ContentHash
) -> None:
    if not isinstance(entry, VersionEntry):
        raise _other("event", entry.event, "version.published")
    if entry.extension != extension:
        raise _other("extension", entry.extension, extension)
    if entry.version != version:
        raise _other("version", entry.version, version)
    if content_hash not in [bundle.content_hash for bundle in entry.bundles]:
        raise _other("bundle", entry.bundles[0].content_hash, content_hash)


def _other(field: str, logged: object, held: object) -> EntryMismatch:
    return EntryMismatch(
        f"The proof is of another entry: the log says {field} {shown(str(logged))}, held is {held}. "
        "Do not use the bundle.",
        details={"field": field, "logged": str(logged), "held": str(held)},
    )


def _malformed(reason: str) -> LogProofMalformed:
    return LogProofMalformed(f"The log proof cannot be read: {reason}.", details={"reason": reason})
