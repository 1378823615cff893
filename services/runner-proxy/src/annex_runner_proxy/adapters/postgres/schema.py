"""Bring runner-proxy's schema up to date."""

from importlib.resources import files

from annex_shared.postgres.migrations import Phase, load_migrations, migrate

SCHEMA = "runner_proxy"
APP_ROLE = "runner_proxy_app"
OWNER_ROLE = "runner_proxy_owner"


async def migrate_database(
    url: str, *, app_role: str = APP_ROLE, owner_role: str = OWNER_ROLE, phase: Phase = "all"
) -> list[str]:
    """Apply what is missing; return the names of the migrations applied now.

    ``url`` logs in as a role that may create schemas and roles.
    """
    return await migrate(
        url,
        schema=SCHEMA,
        migrations=load_migrations(files("annex_runner_proxy.adapters.postgres") / "migrations"),
        identifiers={"app_role": app_role, "owner_role": owner_role},
        phase=phase,
    )
