"""How extensions did lately, out of the records of executions."""

from datetime import datetime
from importlib.resources import files

from annex_gateway.adapters.postgres.executions import PostgresExecutions
from annex_gateway.domain.activity import (
    LOOKED_AT,
    ExtensionActivity,
    ExtensionHealth,
    FailureCode,
    HourOfRuns,
)
from annex_gateway.domain.executions import Status
from annex_gateway.domain.extension_faults import EXTENSION_FAULTS
from annex_shared.ids import ExtensionId, TenantId
from annex_shared.postgres.queries import load_queries

_STATEMENTS = load_queries(files("annex_gateway.adapters.postgres") / "statements" / "activity.sql")
_CODES = 5
_FAULTS = sorted(EXTENSION_FAULTS)


class PostgresActivity:
    """Meets ``ActivityRecords``."""

    def __init__(self, executions: PostgresExecutions) -> None:
        self._executions = executions

    async def activity(self, tenant_id: TenantId, *, since: datetime) -> list[ExtensionActivity]:
        async with self._executions.seeing(tenant_id) as connection:
            rows = await connection.fetch(_STATEMENTS["activity"], tenant_id, since, LOOKED_AT, _FAULTS)
        return [
            ExtensionActivity(
                ExtensionId(row["extension_id"]),
                row["runs"],
                row["failures"],
                row["last_started_at"],
                Status(row["last_status"]),
                row["last_failed"],
            )
            for row in rows
        ]

    async def health(
        self, tenant_id: TenantId, extension_id: ExtensionId, *, since: datetime
    ) -> ExtensionHealth:
        place = (tenant_id, extension_id, since, LOOKED_AT, _FAULTS)
        async with self._executions.seeing(tenant_id) as connection:
            total, *hours = await connection.fetch(_STATEMENTS["health"], *place)
            codes = await connection.fetch(_STATEMENTS["failure_codes"], *place, _CODES)
        return ExtensionHealth(
            runs=total["runs"],
            failures=total["failures"],
            p95_ms=total["p95_ms"],
            hours=tuple(
                HourOfRuns(row["hour"], row["runs"], row["failures"], row["p95_ms"]) for row in hours
            ),
            codes=tuple(
                FailureCode(row["code"], row["failures"], row["last_started_at"], row["last_execution_id"])
                for row in codes
            ),
        )
