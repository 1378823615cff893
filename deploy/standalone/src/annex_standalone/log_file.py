"""The log file of the embedded platform: JSON lines, at most two files of ten megabytes."""

from pathlib import Path

_LIMIT_BYTES = 10_000_000


class LogFile:
    """A text stream that moves itself to ``<name>.1`` when it is full."""

    def __init__(self, path: Path, *, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._file = path.open("a", encoding="utf-8")
        # Counted, because asking an open text file for its place costs more than writing the line.
        self._characters = self._file.tell()

    def write(self, text: str) -> int:
        if self._characters > self._limit_bytes:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
            self._file = self._path.open("a", encoding="utf-8")
            self._characters = 0
        self._characters += len(text)
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
