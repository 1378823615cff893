"""The newest checkpoint this machine has seen of a log: what its next one must only add to."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from annex_cli.durable_file import replace_durably
from annex_cli.errors import LogMemoryUnusable
from annex_shared.transparency import Checkpoint, LogPolicy, NoteVerifier
from annex_shared.transparency.errors import TransparencyError


@dataclass(frozen=True, slots=True)
class SeenCheckpoint:
    """A checkpoint whose signature was verified, and the note that carries it."""

    checkpoint: Checkpoint
    note: bytes

    @classmethod
    def opened(cls, note: bytes, policy: LogPolicy) -> "SeenCheckpoint":
        """Verify a note. Raises what ``LogPolicy.accept`` raises."""
        return cls(policy.accept(note).checkpoint, note)

    @property
    def size(self) -> int:
        return self.checkpoint.size


class LogMemory:
    """One folder for each log and key. The note is kept as it was signed, and verified when it is read."""

    def __init__(self, folder: Path, key: NoteVerifier) -> None:
        self.folder = folder / f"{quote(key.name, safe='')}+{key.key_id.hex()}"
        self.policy = LogPolicy.of(key)

    def newest(self) -> SeenCheckpoint | None:
        """Return what was seen last; a damaged file is refused, or a fork could hide behind the damage."""
        path = self.folder / "checkpoint"
        try:
            return SeenCheckpoint.opened(path.read_bytes(), self.policy)
        except FileNotFoundError:
            return None
        except (OSError, TransparencyError) as error:
            reason = error.strerror if isinstance(error, OSError) else error.message
            raise LogMemoryUnusable(
                f"The checkpoint seen last, {path}, cannot be used: {reason}",
                hint="Find out what changed the file. Moving it away begins anew and forgets what was seen.",
            ) from None

    def remember(self, seen: SeenCheckpoint, *, after: SeenCheckpoint | None) -> None:
        """Keep a checkpoint that is consistent with ``after``; never one smaller than what is kept.

        If another process has kept something else meanwhile, that stays: ``seen`` was not compared with it.
        """
        with self._locked():
            if self.newest() != after or (after is not None and seen.size <= after.size):
                return
            try:
                replace_durably(self.folder / "checkpoint", seen.note)
            except OSError as error:
                raise _not_kept(self.folder, error) from None

    def keep_evidence(self, one: SeenCheckpoint, other: bytes) -> Path:
        """Keep two signed notes that contradict each other: together they prove it to anybody."""
        digest = hashlib.sha256(one.note + b"\0" + other).hexdigest()[:16]
        path = self.folder / f"contradiction-{digest}"
        try:
            for name, note in (("1", one.note), ("2", other)):
                replace_durably(path / f"{name}.note", note)
        except OSError as error:
            raise _not_kept(path, error) from None
        return path

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _not_kept(self.folder, error) from None
        try:
            # Held for one small write only, so waiting for it is short.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _not_kept(folder: Path, error: OSError) -> LogMemoryUnusable:
    return LogMemoryUnusable(
        f"What was seen of the log cannot be kept in {folder} ({error.strerror}).",
        hint="Set XDG_STATE_HOME to a folder you may write to, then run the same again.",
    )
