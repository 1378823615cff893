"""Tenants: the customer boundary everything is scoped by."""

import re
from dataclasses import dataclass

from annex_gateway.domain.errors import InvalidTenantSlug
from annex_shared.display_text import shown
from annex_shared.ids import TenantId

_SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class TenantSlug:
    """A tenant's short name, used in console paths and on the command line only."""

    text: str

    @classmethod
    def parse(cls, text: str) -> "TenantSlug":
        if _SLUG.fullmatch(text) is None:
            raise InvalidTenantSlug(
                f'Tenant slug "{shown(text, limit=80)}" is not allowed: use a-z, 0-9 and "-", at most 64 '
                "characters, beginning and ending with a letter or digit.",
                details={"field": "slug"},
            )
        return cls(text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Tenant:
    tenant_id: TenantId
    slug: TenantSlug
    name: str
