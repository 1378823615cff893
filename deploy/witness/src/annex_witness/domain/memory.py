"""What a witness knows of each log: its keys, and the newest tree that was cosigned."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from annex_shared.transparency import NoteVerifier, SignedCheckpoint

LogKeys = dict[str, tuple[NoteVerifier, ...]]


def keys_by_origin(verifiers: Iterable[NoteVerifier]) -> LogKeys:
    """Group keys by the log they sign for: one log may have several while it changes its key."""
    keys: LogKeys = {}
    for verifier in verifiers:
        keys[verifier.name] = (*keys.get(verifier.name, ()), verifier)
    return keys


class SeenTrees(Protocol):
    """The newest cosigned checkpoint of every log, kept for ever."""

    def newest(self, origin: str, keys: Sequence[NoteVerifier]) -> SignedCheckpoint | None:
        """Return it, as its log signed it. Raises StateUnusable for one that cannot be read any more."""
        ...

    def keep(self, origin: str, note: bytes) -> None:
        """Put a checkpoint in place of the older one; it outlives a crash. Raises StateUnavailable."""
        ...
