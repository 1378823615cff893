"""What a guest writes to its standard output and error, cut into lines that can be logged."""

from collections.abc import Iterator
from typing import Final

# More than a debug line may hold, so that whoever keeps the line sees that it was cut.
LOG_LINE_BYTES: Final = 16 << 10
_CUT_MARK: Final = "…"
_CONTINUATION: Final = 0b1000_0000
_CONTINUATION_MASK: Final = 0b1100_0000
_LONGEST_CHARACTER: Final = 4


class LineCutter:
    """Gives whole lines; of a line that is too long only the beginning is kept, and marked as cut."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_cut = False

    def feed(self, data: bytes) -> Iterator[str]:
        begin = 0
        while (end := data.find(b"\n", begin)) >= 0:
            self._keep(data[begin:end])
            yield self._take()
            begin = end + 1
        self._keep(data[begin:])

    def rest(self) -> str | None:
        """Give what was written after the last line break, if anything."""
        return self._take() if self._line else None

    def _keep(self, part: bytes) -> None:
        room = LOG_LINE_BYTES - len(self._line)
        self._is_cut = self._is_cut or len(part) > room
        self._line += part[:room]

    def _take(self) -> str:
        text = text_of(bytes(self._line), is_cut=self._is_cut)
        self._line.clear()
        self._is_cut = False
        return text


def text_of(line: bytes, *, is_cut: bool) -> str:
    """Decode a line; where it was cut in the middle of a character, that character is left out."""
    whole = line[: _last_boundary(line)] if is_cut else line
    return whole.decode("utf-8", "replace").removesuffix("\r") + (_CUT_MARK if is_cut else "")


def _last_boundary(line: bytes) -> int:
    """Return where the last character begins if it lacks bytes, else the end."""
    for back in range(1, min(_LONGEST_CHARACTER, len(line)) + 1):
        byte = line[-back]
        if byte & _CONTINUATION_MASK != _CONTINUATION:
            needed = 1 if byte < _CONTINUATION else 2 + (byte >= 0xE0) + (byte >= 0xF0)  # noqa: PLR2004 - UTF-8
            return len(line) if needed <= back else len(line) - back
    return len(line)
