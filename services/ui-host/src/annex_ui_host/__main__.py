"""The program: ``python -m annex_ui_host serve``."""

import argparse
import os
import sys

from annex_shared.errors import AnnexError
from annex_shared.http.program import serve
from annex_ui_host.app import running
from annex_ui_host.settings import UiHostSettings

_BAD_SETTINGS = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="annex_ui_host", description="Serve verified extension UI.")
    parser.add_argument("command", choices=["serve"])
    parser.parse_args()
    try:
        serve(UiHostSettings, running, os.environ)
    except AnnexError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - a sentence for whoever started the program
        return _BAD_SETTINGS
    return 0


if __name__ == "__main__":
    sys.exit(main())
