"""Notice that a project's sources changed, by looking; what a build writes is not looked at."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PASSED_OVER = frozenset({"dist", "build", "target", "node_modules", "__pycache__"})
_MAX_FILES = 20_000

Snapshot = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SourceWatch:
    """The sources below ``folder``, less what begins with a dot and the places that builds write to."""

    folder: Path
    outside: Path | None = None

    def look(self) -> Snapshot:
        """Return time and size of every source, of at most 20,000."""
        seen: dict[str, tuple[int, int]] = {}
        for root, folders, files in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if self._is_source(Path(root), name))
            for name in files:
                if name.startswith("."):
                    continue
                try:
                    facts = (Path(root) / name).stat()
                except OSError:
                    continue
                seen[os.path.join(root, name)] = (facts.st_mtime_ns, facts.st_size)  # noqa: PTH118 - many files
            if len(seen) >= _MAX_FILES:
                break
        return seen

    def changed(self, before: Snapshot, after: Snapshot) -> list[str]:
        """Name what is new, gone or different, below the folder."""
        names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        return [os.path.relpath(name, self.folder) for name in names]

    def _is_source(self, root: Path, name: str) -> bool:
        return not name.startswith(".") and name not in _PASSED_OVER and root / name != self.outside
