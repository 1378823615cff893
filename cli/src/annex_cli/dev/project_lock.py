"""One `annex dev` for one project: a lock that the kernel drops with the process."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from annex_cli.errors import DevAlreadyRunning, FileNotUsable

if sys.platform != "win32":
    import fcntl

IGNORED = "*\n"


@contextlib.contextmanager
def project_folder(project: Path) -> Iterator[Path]:
    """Make `.annex/dev` of a project, private and in no commit, and hold it inside the block.

    Raises DevAlreadyRunning, FileNotUsable.
    """
    folder = project / ".annex" / "dev"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored = folder / ".gitignore"
        if not ignored.exists():
            # The three files of values may hold secrets too.
            ignored.write_text(IGNORED, encoding="utf-8")
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FileNotUsable(f"{folder} cannot be used: {error.strerror}.") from None
    try:
        if sys.platform != "win32":
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
                raise DevAlreadyRunning(
                    f"annex dev runs for this project already, as process {holder}. Use its page, or stop it."
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield folder
    finally:
        os.close(descriptor)
