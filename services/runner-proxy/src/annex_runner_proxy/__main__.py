"""The program: ``python -m annex_runner_proxy serve``."""

import argparse
import os
import sys

from annex_runner_proxy.app import running
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.errors import AnnexError
from annex_shared.http.program import serve

_REFUSED_TO_START = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="annex_runner_proxy", description="Run extensions in sandboxes.")
    parser.add_argument("command", choices=["serve"])
    parser.parse_args()
    try:
        serve(RunnerProxySettings, running, os.environ)
    except AnnexError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - a sentence for whoever started the program
        return _REFUSED_TO_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
