"""The program: ``python -m annex_runner_proxy serve | migrate``."""

import argparse
import asyncio
import os
import sys

import structlog

from annex_runner_proxy.adapters.postgres.schema import migrate_database
from annex_runner_proxy.app import running
from annex_runner_proxy.settings import MigrationSettings, RunnerProxySettings
from annex_shared.errors import AnnexError
from annex_shared.http.program import loaded, serve

_REFUSED_TO_START = 2

log = structlog.get_logger()


def main() -> int:
    parser = argparse.ArgumentParser(prog="annex_runner_proxy", description="Run extensions in sandboxes.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the service until SIGTERM")
    commands.add_parser("migrate", help="bring the database schema up to date")
    options = parser.parse_args()
    try:
        if options.command == "migrate":
            asyncio.run(_migrate())
        else:
            serve(RunnerProxySettings, running, os.environ)
    except AnnexError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - a sentence for whoever started the program
        return _REFUSED_TO_START
    return 0


async def _migrate() -> None:
    settings = loaded(MigrationSettings, os.environ)
    applied = await migrate_database(
        settings.migration_database_url.get_secret_value(),
        app_role=settings.database_role,
        owner_role=settings.database_owner_role,
        phase=settings.migrate_phase,
    )
    log.info("migrations_done", applied=len(applied))


if __name__ == "__main__":
    sys.exit(main())
