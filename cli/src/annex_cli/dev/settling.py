"""Changes of sources as they come in: editors write in several steps, and one save is one change."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from annex_shared.bundle.check import HANDLER_PATH

_UI: Final = "ui"
_SETTLE_SECONDS: Final = 0.12


@dataclass(slots=True)
class Settling:
    """Collects changed files until nothing changed for a moment. Times are of one clock that only grows."""

    settle_seconds: float = _SETTLE_SECONDS
    _files: set[str] = field(default_factory=set)
    _last: float = 0.0

    def note(self, files: Iterable[str], *, now: float) -> None:
        found = set(files)
        if found:
            self._files |= found
            self._last = now

    def settled(self, *, now: float) -> list[str]:
        """Return what changed once it is quiet, and begin anew; nothing before."""
        if not self._files or now - self._last < self.settle_seconds:
            return []
        files, self._files = sorted(self._files), set()
        return files


def is_pages_only(files: Iterable[str]) -> bool:
    """Tell whether only pages changed, for which nothing is compiled."""
    return all(PurePosixPath(name).parts[:1] == (_UI,) for name in files)


def of_sources(meanwhile: Iterable[str], former: frozenset[str]) -> list[str]:
    """Say what a person changed while a build ran.

    What lies in ``ui``, and the handler, is what builds write. So is what changed during the build before,
    too: without that rule a build that writes among its sources would never come to an end.
    """
    return sorted(
        name
        for name in meanwhile
        if not is_pages_only([name]) and name != HANDLER_PATH and name not in former
    )
