"""`python -m annex_witness serve|key NAME`: the only place that reads the environment."""

import asyncio
import os
import sys

import structlog

from annex_shared.errors import AnnexError
from annex_shared.http.server import serve_until_stopped
from annex_shared.observability.logs import configure_logs
from annex_shared.signing import SigningKey
from annex_shared.transparency import Cosigner
from annex_witness.app import running
from annex_witness.settings import WitnessSettings

_USAGE = "Usage: python -m annex_witness serve|key NAME\n"

log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["serve"]:
                _serve()
            case ["key", name]:
                _make_key(name)
            case _:
                sys.stderr.write(_USAGE)
                return 2
    except AnnexError as error:
        # Whatever stops a start is a mistake in what was configured, and one sentence says which.
        sys.stderr.write(f"{error.message}\n")
        return 2
    return 0


def _serve() -> None:
    settings, _ = WitnessSettings.load(os.environ)
    configure_logs(WitnessSettings.service, as_json=settings.log_format == "json")
    asyncio.run(serve_until_stopped(WitnessSettings.service, running(settings)))


def _make_key(name: str) -> None:
    """Print a new private key for KEY_FILE, and beside it the key that policies take."""
    cosigner = Cosigner.parse(Cosigner(name, SigningKey.generate()).to_text())
    sys.stdout.write(f"{cosigner.to_text()}\n")
    sys.stderr.write(f"{cosigner.verifier.vkey}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
