"""What every `migrate` command can be told."""

from typing import Literal

from pydantic import SecretStr

from annex_shared.settings import ServiceSettings, setting


class MigrationPhaseSettings(ServiceSettings):
    """Where the schema is, and how much of what is new may be applied now."""

    log_format: Literal["json", "console"] = setting("json", doc="Form of log lines.")
    migration_database_url: SecretStr = setting(
        doc="PostgreSQL, as a role that may create schemas and roles."
    )
    migrate_phase: Literal["all", "pre"] = setting(
        "all",
        doc="`pre` leaves out what the version before cannot live with: a rolling update runs `pre` before "
        "and `all` after.",
    )
