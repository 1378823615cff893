"""What `annex kill-switch` stops: targets read from the command line, and the list as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from annex_cli.controls import uuid_of
from annex_cli.errors import InvalidUsage
from annex_cli.platform_client import PlatformClient
from annex_cli.presenting import moment
from annex_cli.table import text_table
from annex_shared.contracts.controls import KillSwitchView, TurnOnKillSwitch
from annex_shared.names import ExtensionRef


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    """What is meant: an extension or one version of it, in one tenant or everywhere; or a tenant."""

    extension: ExtensionRef | None
    version: str | None
    tenant_id: UUID | None

    @classmethod
    def of(cls, text: str | None, *, tenant_wide: str | None, in_tenant: str | None) -> "SwitchTarget":
        """Read a target. Raises InvalidUsage, InvalidExtensionName."""
        if (text is None) == (tenant_wide is None):
            raise InvalidUsage("Name an extension, EXT@VERSION, or --tenant-wide ID: one of them.")
        if tenant_wide is not None:
            if in_tenant is not None:
                raise InvalidUsage("--in-tenant belongs to an extension; --tenant-wide names the tenant.")
            return cls(None, None, uuid_of("--tenant-wide", tenant_wide))
        name, _, version = (text or "").partition("@")
        within = None if in_tenant is None else uuid_of("--in-tenant", in_tenant)
        return cls(ExtensionRef.parse(name), version or None, within)

    async def ids(self, client: PlatformClient) -> Mapping[str, str]:
        """Ask the platform for the ids of what is named."""
        within = {} if self.tenant_id is None else {"tenant_id": str(self.tenant_id)}
        if self.extension is None:
            return {"scope": "tenant", **within}
        if self.version is None:
            page = await client.versions(str(self.extension), limit=1)
            return {"scope": "extension", "extension_id": page.extension_id, **within}
        version = await client.version(str(self.extension), self.version)
        return {"scope": "version", "version_id": version.version_id, **within}

    def __str__(self) -> str:
        if self.extension is None:
            return f"tenant {self.tenant_id}"
        what = str(self.extension) if self.version is None else f"{self.extension}@{self.version}"
        return what if self.tenant_id is None else f"{what} in tenant {self.tenant_id}"

    @property
    def arguments(self) -> str:
        """Write the target as the command line takes it."""
        if self.extension is None:
            return f"--tenant-wide {self.tenant_id}"
        what = str(self.extension) if self.version is None else f"{self.extension}@{self.version}"
        return what if self.tenant_id is None else f"{what} --in-tenant {self.tenant_id}"


def wish_of(ids: Mapping[str, str], reason: str) -> TurnOnKillSwitch:
    return TurnOnKillSwitch.model_validate({**ids, "reason": reason})


def switch_for(ids: Mapping[str, str], switches: Sequence[KillSwitchView]) -> KillSwitchView | None:
    """Find the switch for exactly this target among those that are on."""
    names = ("scope", "tenant_id", "extension_id", "version_id")
    return next((one for one in switches if all(getattr(one, name) == ids.get(name) for name in names)), None)


def switches_text(switches: Sequence[KillSwitchView]) -> str:
    if not switches:
        return "No kill switch is on."
    rows = [
        (one.scope, _subject(one), one.tenant_id or "all", moment(one.since), one.reason) for one in switches
    ]
    return text_table(("STOPS", "ID", "IN TENANT", "SINCE", "REASON"), rows)


def _subject(switch: KillSwitchView) -> str:
    return switch.version_id or switch.extension_id or switch.tenant_id or ""
