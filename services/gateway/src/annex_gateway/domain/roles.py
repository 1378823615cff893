"""Roles of a tenant: names for sets of permissions, some built in, others the tenant's own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from annex_gateway.domain.api_keys import Identity
from annex_gateway.domain.errors import GrantRefused, InvalidRoleName, RoleIsBuiltIn
from annex_shared.display_text import shown
from annex_shared.permissions import Permission

ADMIN: Final = "admin"
MAX_ROLES: Final = 100
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_READ, _WRITE = Permission.EXTENSION_READ, Permission.EXTENSION_WRITE
_PUBLISH, _DEBUG = Permission.EXTENSION_PUBLISH, Permission.EXTENSION_DEBUG

# No built-in role reaches beyond its tenant: nobody becomes an administrator of the platform by one.
BUILT_IN: Final[Mapping[str, frozenset[Permission]]] = {
    "viewer": frozenset({_READ}),
    "operator": frozenset({_READ, _WRITE, _DEBUG}),
    "publisher": frozenset({_READ, _PUBLISH}),
    "developer": frozenset({_READ, _WRITE, _PUBLISH, _DEBUG}),
    ADMIN: frozenset({_READ, _WRITE, _PUBLISH, _DEBUG}),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A role as a tenant has it."""

    name: str
    permissions: frozenset[Permission]
    description: str = ""
    is_built_in: bool = False


def built_in_roles() -> list[Role]:
    return [Role(name, permissions, is_built_in=True) for name, permissions in BUILT_IN.items()]


def own_role_name(text: str) -> str:
    """Check a name for a tenant's own role. Raises InvalidRoleName and RoleIsBuiltIn."""
    if _NAME.fullmatch(text) is None:
        raise InvalidRoleName(
            f'The role name "{shown(text, limit=80)}" is not allowed: use a-z, 0-9 and "-", at most 63 '
            "characters, beginning with a letter.",
            details={"field": "name"},
        )
    if text in BUILT_IN:
        raise RoleIsBuiltIn(
            f'The role "{text}" is built in and the same in every tenant. Choose another name.'
        )
    return text


def permissions_of(
    names: Iterable[str], own: Mapping[str, frozenset[Permission]]
) -> dict[str, frozenset[Permission]]:
    """Say what each role gives; a name that nobody defined gives nothing and is left out."""
    known = {**own, **BUILT_IN}
    return {name: known[name] for name in names if name in known}


def require_may_give(giver: Identity, permissions: Iterable[Permission]) -> None:
    """Let nobody give what they do not hold. Raises GrantRefused."""
    missing = sorted(set(permissions) - giver.permissions)
    if missing and Permission.PLATFORM_ADMIN not in giver.permissions:
        raise GrantRefused(
            f"You can only give what you hold, and you do not hold {', '.join(missing)}.",
            details={"permissions": [*missing]},
        )
