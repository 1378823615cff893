"""What the simulator's page shows and switches: the project's install, and the failures asked for."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

LONGEST_DELAY_MS: Final = 60_000
ROLES: Final[dict[str, tuple[str, ...]]] = {
    "viewer": ("extension:read",),
    "operator": ("extension:read", "extension:write", "extension:debug"),
    "developer": ("extension:read", "extension:write", "extension:publish", "extension:debug"),
    "nobody": (),
}
USUAL_ROLE: Final = "developer"


class Switches(BaseModel):
    """Failures that the simulator makes, for pages and for direct calls alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slow_ms: int = Field(default=0, ge=0, le=LONGEST_DELAY_MS)
    is_offline: bool = False
    is_rate_limited: bool = False
    is_expired: bool = False
    denied: tuple[str, ...] = Field(default=(), max_length=64)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the last build or snapshot came to nothing; the one before it goes on being served."""

    message: str
    place: str | None = None
    output: tuple[str, ...] = ()
    hint: str | None = None


@dataclass(slots=True)
class DevState:
    """The page's view; ``page_hash`` is of what is shown, ``content_hash`` of what is installed."""

    extension: str = ""
    version: str = ""
    entry: str | None = None
    content_hash: str = ""
    page_hash: str = ""
    install_id: str = ""
    extension_id: str = ""
    tenant_id: str = ""
    tenant_name: str = "Development"
    ui_host_url: str = ""
    capabilities: list[str] = field(default_factory=list)
    # Those of them that a tenant can deny.
    deniable: list[str] = field(default_factory=list)
    endpoints: list[str] = field(default_factory=list)
    has_limits: bool = True
    is_building: bool = False
    served_since: str = ""
    fault: Fault | None = None
    switches: Switches = field(default_factory=Switches)

    def to_document(self) -> dict[str, Any]:
        document = asdict(self)
        document["switches"] = self.switches.model_dump(mode="json")
        document["roles"] = {name: [*permissions] for name, permissions in ROLES.items()}
        document["usual_role"] = USUAL_ROLE
        return document
