"""Single keys of whoever watches: read without Enter, and the terminal is left as it was."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TextIO

if sys.platform != "win32":
    import termios
    import tty


class Key(StrEnum):
    """What a key does, in the order they are listed in."""

    OPEN = "o"
    REBUILD = "r"
    LOG_LEVEL = "l"
    CLEAR = "c"
    THEME = "t"
    REPLAY = "x"
    RESET = "0"
    QUIT = "q"


MEANINGS = {
    Key.OPEN: "open",
    Key.REBUILD: "rebuild",
    Key.LOG_LEVEL: "log level",
    Key.CLEAR: "clear",
    Key.THEME: "toggle theme",
    Key.REPLAY: "replay what failed",
    Key.RESET: "reset data",
    Key.QUIT: "quit",
}


def key_of(character: str) -> Key | None:
    """Read a typed character; capital letters count, anything else means nothing."""
    try:
        return Key(character.lower())
    except ValueError:
        return None


@asynccontextmanager
async def typed_keys(stdin: TextIO, heard: Callable[[Key], None]) -> AsyncIterator[None]:
    """Hear keys inside the block, where a person sits at a terminal."""
    if sys.platform == "win32" or not stdin.isatty():
        yield
        return
    descriptor = stdin.fileno()
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()

    def read() -> None:
        with contextlib.suppress(OSError):
            for character in os.read(descriptor, 64).decode("utf-8", "replace"):
                key = key_of(character)
                if key is not None:
                    heard(key)

    # Ctrl-C stays a signal.
    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, read)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
