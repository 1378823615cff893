"""Reads the files that settings name."""

from pathlib import Path

from annex_shared.settings import InvalidSettings


def read_file(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidSettings(f"{setting} cannot be read: {error.strerror}.") from None
