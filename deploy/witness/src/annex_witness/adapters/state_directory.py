"""The state directory: one file for each log, written whole, owned by one witness process at a time."""

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from annex_shared.transparency import NoteVerifier, SignedCheckpoint, open_checkpoint
from annex_shared.transparency.errors import TransparencyError
from annex_witness.domain.errors import StateUnavailable, StateUnusable


@dataclass(frozen=True, slots=True)
class StateDirectory:
    """Meets ``SeenTrees``. A file holds the note as its log signed it, so that a changed one shows."""

    folder: Path

    def newest(self, origin: str, keys: Sequence[NoteVerifier]) -> SignedCheckpoint | None:
        path = self._path(origin)
        try:
            return open_checkpoint(path.read_bytes(), keys)
        except FileNotFoundError:
            return None
        except (OSError, TransparencyError) as error:
            # Going on without it would forget what was cosigned, and cosign a fork.
            raise StateUnusable(f"{path} cannot be used: {error}") from None

    def keep(self, origin: str, note: bytes) -> None:
        path = self._path(origin)
        draft = path.with_suffix(".new")
        try:
            descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            self._sync_folder()
        except OSError as error:
            raise StateUnavailable(f"What was seen cannot be kept ({error.strerror}).") from None

    def is_writable(self) -> bool:
        probe = self.folder / "probe.new"
        try:
            probe.touch(mode=0o600)
            probe.unlink()
        except OSError:
            return False
        return True

    def _path(self, origin: str) -> Path:
        # An origin may hold anything but line breaks; its digest is always a file name.
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.checkpoint"

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def state_directory(folder: Path) -> Iterator[StateDirectory]:
    """Take the directory for the length of the block. Raises StateUnusable if another witness has it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateUnusable(f"The state directory {folder} cannot be used: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateUnusable(
                f"Another witness uses {folder}. Two with one state would cosign what the other did not see."
            ) from None
        yield StateDirectory(folder)
    finally:
        os.close(descriptor)
