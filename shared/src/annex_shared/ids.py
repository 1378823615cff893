"""Identities that cross service boundaries; all are lower-case UUIDs on the wire."""

from typing import NewType
from uuid import UUID

from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

TenantId = NewType("TenantId", UUID)
ExtensionId = NewType("ExtensionId", UUID)
VersionId = NewType("VersionId", UUID)
InstallId = NewType("InstallId", UUID)
UploadId = NewType("UploadId", UUID)
PrincipalId = NewType("PrincipalId", UUID)

_UUID_TEXT_LENGTH = 36


class InvalidId(AnnexError):
    """A value that should be a UUID is not one."""


def parse_uuid(text: str, *, field: str) -> UUID:
    """Parse the 8-4-4-4-12 form only; raise InvalidId naming ``field``."""
    try:
        if len(text) == _UUID_TEXT_LENGTH:
            return UUID(text)
    except ValueError:
        pass
    raise InvalidId(f'{field} must be a UUID; got "{shown(text, limit=60)}".', details={"field": field})
