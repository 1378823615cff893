"""The data directory of the embedded platform: ours, writable, held by one process at a time."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from annex_standalone.errors import HomeForeign, HomeLocked, HomeUnwritable

_LAYOUT = "annex.standalone/1"
_MARKER = "annex.json"
_FREE_BYTES = 300_000_000


@dataclass(frozen=True, slots=True)
class Home:
    """An opened data directory; ``identity`` is random, made once, and names this platform's log."""

    path: Path
    identity: str

    def folder(self, name: str) -> Path:
        """Return a private folder below the data directory, made if missing."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return path

    def write_private(self, name: str, text: str) -> Path:
        """Replace a file readable by its owner only; readers see the old text or the new one, never half."""
        path = self.path / name
        temporary = path.with_name(f".{path.name}.new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        return path


@contextlib.contextmanager
def open_home(path: Path) -> Iterator[Home]:
    """Create or adopt ``path`` and hold its lock inside the block.

    Raises HomeForeign, HomeLocked or HomeUnwritable; a directory that is refused is left as it was.
    """
    path = path.absolute()
    try:
        _refuse_foreign(path)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_full(path)
        with _held(path / "lock"):
            yield Home(path, _identity(path))
    except OSError as error:
        if error.errno not in (
            errno.EACCES,
            errno.EPERM,
            errno.EROFS,
            errno.ENOSPC,
            errno.EEXIST,
            errno.ENOTDIR,
        ):
            raise
        raise HomeUnwritable(
            f"The data directory {path} cannot be written: {os.strerror(error.errno)}. "
            "Make it writable or set ANNEX_HOME to another place."
        ) from None


def _refuse_foreign(path: Path) -> None:
    if not path.exists():
        return
    if path.is_symlink() or not path.is_dir():
        raise HomeForeign(f"{path} is not a directory. Set ANNEX_HOME to another place.")
    if path.stat().st_uid != os.geteuid():
        raise HomeForeign(
            f"{path} belongs to another user. Run as its owner or set ANNEX_HOME to another place."
        )
    marker = path / _MARKER
    if not marker.exists() and any(entry.name != "lock" for entry in path.iterdir()):
        raise HomeForeign(
            f"{path} holds files that Annex did not make and was left alone. Set ANNEX_HOME to another place."
        )
    if marker.exists() and _read_marker(marker).get("layout") != _LAYOUT:
        raise HomeForeign(
            f"{path} was made by another version of Annex (its layout is not {_LAYOUT}). "
            "Run that version or set ANNEX_HOME to another place."
        )


def _refuse_full(path: Path) -> None:
    free = shutil.disk_usage(path).free
    if free < _FREE_BYTES:
        raise HomeUnwritable(
            f"The disk of {path} has {free // 1_000_000} MB free; {_FREE_BYTES // 1_000_000} MB are needed. "
            "Free space or set ANNEX_HOME to another place."
        )


@contextlib.contextmanager
def _held(lock: Path) -> Iterator[None]:
    """Hold an advisory lock that the kernel drops with the process, so a crash never leaves it behind."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            raise HomeLocked(
                f"The data directory {lock.parent} is in use by process {holder}. "
                "Stop that one, or set ANNEX_HOME to another place."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _identity(path: Path) -> str:
    marker = path / _MARKER
    if not marker.exists():
        text = json.dumps({"layout": _LAYOUT, "identity": secrets.token_hex(4)})
        temporary = path / f".{_MARKER}.new"
        temporary.write_text(text)
        temporary.replace(marker)
    return str(_read_marker(marker)["identity"])


def _read_marker(marker: Path) -> dict[str, str]:
    try:
        document = json.loads(marker.read_text())
    except ValueError:
        document = None
    if not isinstance(document, dict) or "identity" not in document:
        raise HomeForeign(f"{marker} cannot be read as Annex's own file. Set ANNEX_HOME to another place.")
    return document
