"""Kill switches: what each stops, and which of them stops an install."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from annex_gateway.domain.errors import InvalidControls
from annex_shared.ids import ExtensionId, PrincipalId, TenantId, VersionId

# So that a switch has the same id whenever it is on.
_NAMES: Final = UUID("6d3a2f0c-0f0e-4b27-9a43-5f6c1b1d7a10")


class SwitchScope(StrEnum):
    """What is stopped: everything of a tenant, an extension, one version of an extension."""

    TENANT = "tenant"
    EXTENSION = "extension"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    """What a switch stops. An extension or a version is stopped in one tenant, or without one everywhere."""

    scope: SwitchScope
    tenant_id: TenantId | None = None
    extension_id: ExtensionId | None = None
    version_id: VersionId | None = None

    @classmethod
    def of(
        cls,
        scope: SwitchScope,
        *,
        tenant_id: TenantId | None,
        extension_id: ExtensionId | None,
        version_id: VersionId | None,
    ) -> "SwitchTarget":
        """Read what a switch is for. Raises InvalidControls unless exactly the scope's ids are named."""
        named = {"tenant_id": tenant_id, "extension_id": extension_id, "version_id": version_id}
        needed = f"{scope}_id"
        allowed = {needed, "tenant_id"}
        extra = sorted(name for name, value in named.items() if value is not None and name not in allowed)
        if named[needed] is None or extra:
            raise InvalidControls(
                f"A switch for a {scope} names {needed}"
                + ("" if scope is SwitchScope.TENANT else ", and tenant_id to stop it in one tenant only")
                + ", and nothing else.",
                details={"field": extra[0] if extra else needed},
            )
        return cls(scope, tenant_id, extension_id, version_id)

    @property
    def key(self) -> str:
        """Name the switch in the history."""
        subject = {
            SwitchScope.TENANT: self.tenant_id,
            SwitchScope.EXTENSION: self.extension_id,
            SwitchScope.VERSION: self.version_id,
        }[self.scope]
        within = "" if self.scope is SwitchScope.TENANT or self.tenant_id is None else self.tenant_id
        return f"{KILL_SWITCHES}/{self.scope}/{subject}" + (f"/tenant/{within}" if within else "")

    @property
    def switch_id(self) -> UUID:
        return uuid5(_NAMES, self.key)


KILL_SWITCHES: Final = "stop"


@dataclass(frozen=True, slots=True)
class KillSwitch:
    """A switch that is on."""

    target: SwitchTarget
    reason: str
    revision: int
    since: datetime
    principal_id: PrincipalId


def switches_of(
    tenant_id: TenantId, extension_id: ExtensionId | None, version_id: VersionId | None
) -> Iterator[SwitchTarget]:
    """Yield every switch that would stop this, the widest first."""
    yield SwitchTarget(SwitchScope.TENANT, tenant_id)
    if extension_id is not None:
        yield SwitchTarget(SwitchScope.EXTENSION, extension_id=extension_id)
        yield SwitchTarget(SwitchScope.EXTENSION, tenant_id, extension_id)
    if version_id is not None:
        yield SwitchTarget(SwitchScope.VERSION, version_id=version_id)
        yield SwitchTarget(SwitchScope.VERSION, tenant_id, version_id=version_id)
