"""The built console as it lies in a directory, read once: every file with its coded variants."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Final

from annex_shared.errors import AnnexError

_CONFIG_MARK: Final = "%config%"
# Best first; the build leaves them beside the file.
_CODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_MEDIA_TYPES: Final = MappingProxyType(
    {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
    }
)
# A name with its hash in it; nothing else in the folder is served.
_HASHED: Final = re.compile(r"[a-z0-9][a-z0-9.-]*-[A-Z0-9]{8}\.[a-zA-Z.]+")


class ConsoleUnusable(AnnexError):
    """CONSOLE_DIRECTORY does not hold a built console."""


@dataclass(frozen=True, slots=True)
class ConsoleFile:
    """One file that never changes under its name; ``coded`` are its variants, the smallest first."""

    media_type: str
    body: bytes = field(repr=False)
    coded: tuple[tuple[str, bytes], ...] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class BuiltConsole:
    """The page, with what it is told in it, and the files that it names."""

    page: bytes = field(repr=False)
    files: Mapping[str, ConsoleFile] = field(repr=False)

    @classmethod
    def read(cls, directory: Path, *, told: Mapping[str, object]) -> "BuiltConsole":
        """Read all of it. Raises ConsoleUnusable for a directory that holds no built console."""
        try:
            page = (directory / "index.html").read_text(encoding="utf-8")
            files = {
                path.name: _file(path)
                for path in sorted((directory / "assets").iterdir())
                if path.suffix in _MEDIA_TYPES and _HASHED.fullmatch(path.name)
            }
        except OSError as error:
            raise ConsoleUnusable(
                f"CONSOLE_DIRECTORY has no built console: {error}. Build it with make web."
            ) from error
        if _CONFIG_MARK not in page:
            raise ConsoleUnusable("CONSOLE_DIRECTORY has an index.html that was not built by this console.")
        config = escape(json.dumps(told, separators=(",", ":")))
        return cls(page.replace(_CONFIG_MARK, config).encode(), files)


def _file(path: Path) -> ConsoleFile:
    coded = tuple(
        (coding, variant.read_bytes())
        for coding, suffix in _CODINGS
        if (variant := path.with_name(path.name + suffix)).exists()
    )
    return ConsoleFile(_MEDIA_TYPES[path.suffix], path.read_bytes(), coded)
