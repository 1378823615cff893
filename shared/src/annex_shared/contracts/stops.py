"""`GET /internal/v1/stops` of the gateway: what administrators stopped, for services that show or run it."""

from typing import Final

from pydantic import Field

from annex_shared.contracts.wire import Exchanged

STOPS_PATH: Final = "/internal/v1/stops"


class StopRecord(Exchanged):
    """A kill switch that is on: a tenant's, or an extension's or version's, everywhere or in one tenant."""

    tenant_id: str | None = None
    extension_id: str | None = None
    version_id: str | None = None


class StopsView(Exchanged):
    """Everything that is stopped. ``entitled`` names the tenants about which the platform spoke.

    The answer's ETag changes with what it says.
    """

    are_extensions_enabled: bool
    is_entitled: bool
    entitled: dict[str, bool] = Field(default_factory=dict)
    stops: list[StopRecord] = Field(default_factory=list)
