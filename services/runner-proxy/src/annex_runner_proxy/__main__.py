"""The program: ``python -m annex_runner_proxy serve``."""

import argparse
import asyncio
import os
import sys

import structlog

from annex_runner_proxy.app import SERVICE, running
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.errors import AnnexError
from annex_shared.http.server import serve_until_stopped
from annex_shared.observability.logs import configure_logs

_REFUSED_TO_START = 2


def main() -> int:
    parser = argparse.ArgumentParser(prog="annex_runner_proxy", description="Run extensions in sandboxes.")
    parser.add_argument("command", choices=["serve"])
    parser.parse_args()
    try:
        settings, warnings = RunnerProxySettings.load(os.environ)
        configure_logs(SERVICE, as_json=settings.log_format == "json")
        for warning in warnings:
            structlog.get_logger().warning("setting_renamed", warning=warning)
        asyncio.run(serve_until_stopped(SERVICE, running(settings)))
    except AnnexError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - a sentence for whoever started the program
        return _REFUSED_TO_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
