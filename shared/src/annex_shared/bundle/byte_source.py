"""What an archive is read from: a file, a spooled upload, or anything else that gives bytes in order."""

from typing import Protocol


class ByteSource(Protocol):
    """Gives up to ``size`` bytes, fewer if it likes, and none at its end."""

    def read(self, size: int, /) -> bytes: ...
