"""Run the gateway: serve, migrate, or bootstrap a first tenant and key."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence

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
    sys.stdout.write(json.dumps(shown) + "\n")


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
