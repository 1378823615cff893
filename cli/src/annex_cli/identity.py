"""Who a key is, as the platform tells it: principal, tenant, and each permission with where it comes from."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

_FROM_THE_PLATFORM = "the platform"


@dataclass(frozen=True, slots=True)
class Held:
    """One permission and what gives it: `credential`, or `role:<name>`."""

    permission: str
    source: str


class Source(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    permissions: list[str]


class Me(BaseModel):
    """What `GET /api/v1/me` answers; later platforms may tell more."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    principal_id: str
    tenant_id: str
    kind: str | None = None
    key_id: str | None = None
    name: str | None = None
    permissions: list[str]
    sources: list[Source] = []
    roles: list[str] = []
    expires_at: str | None = None

    @property
    def held(self) -> list[Held]:
        """List permissions, each with everything that gives it."""
        return [
            Held(name, ", ".join(one.source for one in self.sources if name in one.permissions))
            if any(name in one.permissions for one in self.sources)
            else Held(name, _FROM_THE_PLATFORM)
            for name in self.permissions
        ]


class GatewayVersion(BaseModel):
    """What `GET /api/v1/version` answers; ``protocol`` is missing on platforms that know only the first."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: str
    version: str
    protocol: int = 1
