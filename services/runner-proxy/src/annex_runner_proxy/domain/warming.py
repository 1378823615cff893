"""A version wanted before anybody calls it, and how far it is."""

from dataclasses import dataclass
from enum import StrEnum

from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, InstallId, TenantId


class WarmState(StrEnum):
    """``ON_DEMAND``: the runner behind makes versions ready at their first call only."""

    READY = "ready"
    WARMING = "warming"
    ON_DEMAND = "on-demand"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The version of an install, or one by its hash that is not installed yet."""

    tenant_id: TenantId
    extension_id: ExtensionId
    install_id: InstallId | None
    content_hash: ContentHash | None
