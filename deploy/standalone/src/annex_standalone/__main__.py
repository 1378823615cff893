"""`python -m annex_standalone run|dev`: the embedded platform in the foreground, until Ctrl-C."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Protocol

from annex_shared.errors import AnnexError
from annex_standalone.progress import Progress
from annex_standalone.run import run
from annex_standalone.run_for_development import run_for_development


class Program(Protocol):
    """A platform in the foreground; it ends when ``stop`` is set."""

    async def __call__(
        self, environment: Mapping[str, str], *, progress: Progress, stop: asyncio.Event
    ) -> None: ...


_REFUSED = 1
_USAGE = 2
_INTERRUPTED = 130


_PROGRAMS: Mapping[str, Program] = {"run": run, "dev": run_for_development}


async def hold(environment: Mapping[str, str], progress: Progress, program: Program = run) -> None:
    """Run until the first SIGINT or SIGTERM, which also undoes a start; a second one ends at once."""
    stop = asyncio.Event()
    platform = asyncio.create_task(program(environment, progress=progress, stop=stop))

    def end() -> None:
        if stop.is_set():
            os._exit(_INTERRUPTED)  # the private servers and the workers end with their parent
        stop.set()
        if not progress.is_ready:
            platform.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, end)
    await platform


def main(arguments: list[str]) -> int:
    program = _PROGRAMS.get(" ".join(arguments))
    if program is None:
        print("usage: python -m annex_standalone run|dev", file=sys.stderr)  # noqa: T201 - a usage line
        return _USAGE
    try:
        asyncio.run(hold(os.environ, Progress(), program))
    except asyncio.CancelledError:
        return _INTERRUPTED
    except (AnnexError, ExceptionGroup) as error:
        refusal = _first_refusal(error)
        if refusal is None:
            raise
        hint = f"\n       {refusal.hint}" if refusal.hint else ""
        print(f"error: {refusal.message}{hint}", file=sys.stderr)  # noqa: T201 - the error block
        return _REFUSED
    return 0


def _first_refusal(error: Exception) -> AnnexError | None:
    """Find the named fact inside what background loops raised together with it."""
    if isinstance(error, ExceptionGroup):
        return next((found for inner in error.exceptions if (found := _first_refusal(inner))), None)
    return error if isinstance(error, AnnexError) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
