"""Run the gateway: serve, migrate, or bootstrap a first tenant and key."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from annex_gateway.app import ensure_tenant_and_key, migrate_database, running
from annex_gateway.settings import BootstrapSettings, GatewaySettings, MigrationSettings
from annex_shared.errors import AnnexError
from annex_shared.http.program import loaded, serve
from annex_shared.ids import TenantId, parse_uuid
from annex_shared.permissions import Permission
from annex_shared.settings import InvalidSettings

_MISCONFIGURED = 2
_REFUSED = 1

log = structlog.get_logger()


class KeyWouldLeak(AnnexError):
    """A new key would be written where others may read it."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except InvalidSettings as error:
        sys.stderr.write(f"{error.message}\n")
        return _MISCONFIGURED
    except AnnexError as error:
        sys.stderr.write(f"{error.message}\n")
        return _REFUSED
    return 0


def _run(options: argparse.Namespace) -> None:
    match options.command:
        case "serve":
            serve(GatewaySettings, running, os.environ)
        case "migrate":
            asyncio.run(_migrate())
        case "bootstrap":
            asyncio.run(_bootstrap(options))


async def _migrate() -> None:
    settings = loaded(MigrationSettings, os.environ)
    applied = await migrate_database(
        settings.migration_database_url.get_secret_value(),
        app_role=settings.database_role,
        owner_role=settings.database_owner_role,
        phase=settings.migrate_phase,
    )
    log.info("migrations_done", applied=len(applied))


async def _bootstrap(options: argparse.Namespace) -> None:
    settings, _ = BootstrapSettings.load(os.environ)
    # Asked before anything is made: a key that nobody can read would have to be made again.
    write = _key_sink(options)
    made = await ensure_tenant_and_key(
        settings.database_url.get_secret_value(),
        settings.api_key_pepper.get_secret_value(),
        slug=options.tenant_slug,
        tenant_id=options.tenant_id,
        tenant_name=options.tenant_name,
        principal_name=options.principal,
        permissions=options.permissions,
        is_renewed=options.renew,
    )
    # The one moment at which the key can be seen; nothing of it is logged.
    shown = {
        "tenant_id": str(made.tenant_id),
        "principal_id": str(made.principal_id),
        "key_id": made.key_id,
        "api_key": made.api_key,
    }
    write(json.dumps(shown) + "\n")


def _key_sink(options: argparse.Namespace) -> Callable[[str], object]:
    """Choose where the key goes: a new file of the owner's, a terminal, or stdout where that was asked for.

    A pipe is often a log. Raises KeyWouldLeak.
    """
    if options.key_file is not None:
        return lambda text: _write_private(options.key_file, text)
    if options.print_key or sys.stdout.isatty():
        return sys.stdout.write
    raise KeyWouldLeak(
        "The key would be written to something that is no terminal. Name a new file with --key-file, or say "
        "--print-key if whatever reads the output keeps secrets."
    )


def _write_private(path: Path, text: str) -> None:
    """Fill the file that was made for it; a link, or a file of somebody else's, was refused before."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)


def _new_private_file(text: str) -> Path:
    """Make the file now, for its owner only: no key is made that could not be kept afterwards."""
    path = Path(text)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise argparse.ArgumentTypeError(f"a new file cannot be made there: {error.strerror}") from None
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="annex_gateway", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the service until SIGTERM")
    commands.add_parser("migrate", help="bring the database schema up to date")
    bootstrap = commands.add_parser("bootstrap", help="make sure a tenant and an API key exist")
    bootstrap.add_argument("--tenant-slug", required=True)
    bootstrap.add_argument("--tenant-id", type=_tenant_id, default=None)
    bootstrap.add_argument("--tenant-name", default=None)
    bootstrap.add_argument("--principal", default="bootstrap", help="whose key it is")
    bootstrap.add_argument(
        "--permissions",
        type=_permissions,
        default=frozenset(Permission),
        help="comma-separated; all of them when left out",
    )
    bootstrap.add_argument(
        "--key-file", type=_new_private_file, default=None, help="a new file for the key, made with mode 0600"
    )
    bootstrap.add_argument("--print-key", action="store_true", help="print the key even into a pipe")
    bootstrap.add_argument("--renew", action="store_true", help="revoke the old key and make another")
    return parser


def _tenant_id(text: str) -> TenantId:
    try:
        return TenantId(parse_uuid(text, field="--tenant-id"))
    except AnnexError as error:
        raise argparse.ArgumentTypeError(error.message) from None


def _permissions(text: str) -> frozenset[Permission]:
    try:
        return frozenset(Permission(name.strip()) for name in text.split(",") if name.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"known permissions: {', '.join(Permission)}") from None


if __name__ == "__main__":
    sys.exit(main())
