"""Verified UI trees as files, for a web server that serves them from disk; docs/ui-host.md shows the layout.

    trees/<64 hex>/identity/index.html    every file; in br/, zstd/, gzip/ beside it where that is smaller
    names/<extension>/sha256:<64 hex>     a link to a tree, one for each name it is published under

What stands below `names/` is shown. A tree is written aside and moved into place whole; a link is made last
and removed first. Names of files come from checked bundles and are checked again: each is made from plain
segments below an open directory, no link is followed, and nothing that exists is overwritten.
"""

import os
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.asset_address import is_plain_path
from annex_ui_host.domain.representations import Representation
from annex_ui_host.domain.ui_tree import UiTree

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER_MODE: Final = 0o755
_FILE_MODE: Final = 0o444
# nginx makes its ETag of a file's time and size. A time taken from the content makes it one of the content:
# equal on every replica, and another one for every coding.
_TIME_BITS: Final = 31


class TreeDirectory:
    """The folder; one process writes it, others only read."""

    def __init__(self, root: Path, *, max_bytes: int) -> None:
        self._root = root
        self._trees = root / "trees"
        self._names = root / "names"
        self._max_bytes = max_bytes

    def prepare(self) -> None:
        """Make the folders, and clear what a process that was killed left half written."""
        for folder in (self._trees, self._names):
            folder.mkdir(parents=True, exist_ok=True)
        for left in self._trees.glob(".new-*"):
            shutil.rmtree(left)

    def shown(self) -> set[tuple[str, ContentHash]]:
        """Return every name that is shown, with its hash."""
        return {
            (folder.name, ContentHash.parse(link.name))
            for folder in self._names.iterdir()
            for link in folder.iterdir()
        }

    def show(self, segments: Iterable[str], content_hash: ContentHash, tree: UiTree) -> bool:
        """Write a tree and link its names; False where a file of it has no plain path on this system."""
        if not all(map(is_plain_path, tree.assets)):
            return False
        place = self._trees / content_hash.hex
        if not place.exists():
            self._write(place, tree)
        for segment in segments:
            link = self._names / segment / str(content_hash)
            link.parent.mkdir(exist_ok=True)
            with suppress(FileExistsError):
                link.symlink_to(Path("..", "..", "trees", content_hash.hex))
        return True

    def hide(self, segment: str, content_hash: ContentHash) -> None:
        """Remove a name at once."""
        (self._names / segment / str(content_hash)).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove trees that no name leads to, and the oldest while there is more than may be."""
        named = {content_hash.hex for _, content_hash in self.shown()}
        for tree in list(self._trees.iterdir()):
            if not tree.name.startswith(".") and tree.name not in named:
                shutil.rmtree(tree)
        kept = sorted((path.stat().st_mtime_ns, path) for path in self._trees.iterdir())
        sizes = {path: _size_of(path) for _, path in kept}
        total = sum(sizes.values())
        for _, path in kept:
            if total <= self._max_bytes:
                return
            for segment, content_hash in self.shown():
                if content_hash.hex == path.name:
                    self.hide(segment, content_hash)
            shutil.rmtree(path)
            total -= sizes[path]

    def _write(self, place: Path, tree: UiTree) -> None:
        aside = self._trees / f".new-{secrets.token_hex(8)}"
        aside.mkdir(mode=_FOLDER_MODE)
        try:
            for path, asset in tree.assets.items():
                for representation in (asset.plain, *asset.coded.values()):
                    _write_file(aside, path, representation)
            aside.rename(place)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise


def _write_file(root: Path, path: str, representation: Representation) -> None:
    *folders, name = (representation.coding.value, *path.split("/"))
    current = os.open(root, _FOLDER)
    try:
        for folder in folders:
            with suppress(FileExistsError):
                os.mkdir(folder, _FOLDER_MODE, dir_fd=current)
            below = os.open(folder, _FOLDER, dir_fd=current)
            os.close(current)
            current = below
        with os.fdopen(os.open(name, _NEW, _FILE_MODE, dir_fd=current), "wb") as file:
            file.write(representation.body)
            file.flush()
            time_of_content = _time_of(representation)
            os.utime(file.fileno(), (time_of_content, time_of_content))
            os.fsync(file.fileno())
    finally:
        os.close(current)


def _time_of(representation: Representation) -> int:
    digits = ContentHash.of(representation.body).hex[:8]
    return int(digits, 16) >> (32 - _TIME_BITS)


def _size_of(tree: Path) -> int:
    return sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
