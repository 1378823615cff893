"""The program `annex`: the only place that reads the environment and handles signals."""

import os
import signal
import sys
from types import FrameType

from annex_cli.exit_codes import ExitCode
from annex_cli.program import run


def main() -> None:
    """Run the command line this process was started with."""
    asked_to_end = []

    def end(_signal: int, _frame: FrameType | None) -> None:
        # One way to stop: whatever Ctrl-C winds down, SIGTERM does too.
        asked_to_end.append(True)
        signal.raise_signal(signal.SIGINT)

    # Shells start background jobs with SIGINT ignored, and SIGTERM would be lost with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, end)
    try:
        code = run(sys.argv[1:], os.environ)
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    if asked_to_end and code == ExitCode.INTERRUPTED:
        code = ExitCode.TERMINATED
    sys.exit(code)


if __name__ == "__main__":
    main()
