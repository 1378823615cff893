"""`python -m annex_registry serve|migrate|reseal|log-key`: the only place that reads the environment."""

import asyncio
import os
import sys

import structlog

from annex_registry.app import migrate_database, reseal, running
from annex_registry.settings import MigrationSettings, RegistrySettings, ResealSettings
from annex_shared.errors import AnnexError
from annex_shared.http.program import loaded, serve
from annex_shared.signing import SigningKey
from annex_shared.transparency import NoteSigner

_USAGE = "Usage: python -m annex_registry serve|migrate|reseal|log-key ORIGIN\n"

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
    applied = asyncio.run(migrate_database(settings.migration_database_url.get_secret_value()))
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
