"""What a credential stands on, so that a session can stand on the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from annex_shared.ids import PrincipalId, TenantId
from annex_shared.permissions import Permission


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a session or a sign-in link stands on, beside the roles of its principal.

    That of an API key is worth what the key is worth at each moment. ``permissions`` and ``roles`` are what a
    token said.
    """

    tenant_id: TenantId
    principal_id: PrincipalId
    key_id: str | None = None
    permissions: frozenset[Permission] = frozenset()
    roles: frozenset[str] = frozenset()
    client_id: str | None = None
    client_name: str | None = None
    additional_fields: Mapping[str, str] = field(default_factory=dict)
