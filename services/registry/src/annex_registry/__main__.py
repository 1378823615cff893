"""`python -m annex_registry serve|migrate|reseal|import|log-key`: all that reads the environment."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

import structlog

from annex_registry.adapters.import_report import ImportReportWriter, JsonReport
from annex_registry.app import import_predecessor, migrate_database, reseal, running
from annex_registry.domain.carried_install import GrantPolicy
from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.predecessor import PredecessorUnavailable
from annex_registry.settings import ImportSettings, MigrationSettings, RegistrySettings, ResealSettings
from annex_shared.errors import AnnexError
from annex_shared.http.program import loaded, serve
from annex_shared.secret_envelope import SecretStoreUnavailable
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner

_USAGE = (
    "Usage: python -m annex_registry serve|migrate|reseal|log-key ORIGIN\n"
    "       python -m annex_registry import [--dry-run] [--json FILE] [--grants effective|recorded]\n"
)
# What `import` ends with beside 0; 2 is any command's for a mistake in what was configured, 1 a crash's.
_STOPPED = 3
_NEEDS_ATTENTION = 4

log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["serve"]:
                serve(RegistrySettings, running, os.environ)
            case ["migrate"]:
                _migrate()
            case ["reseal"]:
                return _reseal()
            case ["log-key", origin]:
                _make_log_key(origin)
            case ["import", *options]:
                return _import(options)
            case _:
                sys.stderr.write(_USAGE)
                return 2
    except AnnexError as error:
        # Whatever stops a start is a mistake in what was configured, and one sentence says which.
        sys.stderr.write(f"{error.message}\n")
        return 2
    return 0


def _migrate() -> None:
    settings = loaded(MigrationSettings, os.environ)
    url = settings.migration_database_url.get_secret_value()
    applied = asyncio.run(migrate_database(url, phase=settings.migrate_phase))
    log.info("migrations_done", applied=len(applied))


def _reseal() -> int:
    """Return 1 where secrets of an install could not be sealed again; the log says which and why."""
    settings = loaded(ResealSettings, os.environ)
    done, failed = asyncio.run(reseal(settings))
    log.info("reseal_done", secrets=done, failed_installs=failed)
    return 1 if failed else 0


def _make_log_key(origin: str) -> None:
    """Print a new private key for LOG_KEY_FILE, and beside it the key that verifiers take."""
    signer = NoteSigner.parse(NoteSigner(origin, SigningKey.generate()).to_text())
    sys.stdout.write(f"{signer.to_text()}\n")
    sys.stderr.write(f"{signer.verifier.vkey}\n")


def _import(options: list[str]) -> int:
    """Import and report; return 3 when stopped, 4 when a row was refused or lost a part."""
    wish = _import_options().parse_args(options)
    settings = loaded(RegistrySettings, os.environ, stream=sys.stderr)
    source, _ = ImportSettings.load(os.environ)
    file = None if wish.json is None else JsonReport(wish.json, is_rehearsal=wish.dry_run)
    report = ImportReportWriter(sys.stdout, sys.stderr, is_rehearsal=wish.dry_run, file=file)
    try:
        asyncio.run(_stoppable(settings, source, report, wish))
    except (
        PredecessorUnavailable,
        UnavailableError,
        SecretStoreUnavailable,
        asyncio.CancelledError,
    ) as error:
        if isinstance(error, AnnexError):
            sys.stderr.write(f"{error.message}\n")
        report.close(is_complete=False)
        return _STOPPED
    except BaseException:
        report.discard()
        raise
    report.close(is_complete=True)
    return _NEEDS_ATTENTION if report.attention else 0


async def _stoppable(
    settings: RegistrySettings, source: ImportSettings, report: ImportReportWriter, wish: argparse.Namespace
) -> None:
    """Import until it is done or a signal comes; a version that is being written is rolled back."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio.run runs this as a task
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await import_predecessor(
        settings, source, report, grants=GrantPolicy(wish.grants), is_rehearsal=wish.dry_run
    )


def _import_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("annex_registry import", description="Import an Alga v2 database.")
    parser.add_argument("--dry-run", action="store_true", help="report what would be done, and write nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every row of the report to FILE")
    parser.add_argument(
        "--grants",
        choices=[policy.value for policy in GrantPolicy],
        default=GrantPolicy.EFFECTIVE.value,
        help="what installs may do: what the predecessor let them do, or only what it had recorded",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
