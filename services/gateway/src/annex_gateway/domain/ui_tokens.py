"""UI tokens: what an extension's page shows at the API of its own install, for a few minutes."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final, NoReturn
from uuid import UUID

from annex_gateway.domain.errors import (
    UiTokenExpired,
    UiTokenMisplaced,
    UiTokenOutdated,
    UiTokenRefused,
)
from annex_gateway.domain.installs import Install
from annex_shared.ids import ExtensionId, InstallId, PrincipalId, TenantId, VersionId

UI_TOKEN_PREFIX: Final = "annexui_"  # noqa: S105 - a first word, not a secret
# Issued and ending in milliseconds, what the token stands on, and its tenant, principal, install, extension
# and version; behind that the name of the ground.
_HEAD: Final = struct.Struct(">BQQB16s16s16s16s16s")
_FORM: Final = 1
_MAC_BYTES: Final = 32
_MOST_LENGTH: Final = 512


class Ground(IntEnum):
    """What a token stands on: it opens nothing that its ground does not open at that moment."""

    SESSION = 1
    API_KEY = 2


@dataclass(frozen=True, slots=True)
class InstallBounds:
    """The one install, in the one version, that a credential is good for."""

    install_id: InstallId
    extension_id: ExtensionId
    version_id: VersionId

    @classmethod
    def of(cls, install: Install) -> "InstallBounds":
        return cls(install.install_id, install.extension_id, install.version_id)

    def require(self, install: Install) -> None:
        """Raise UiTokenMisplaced at another install, UiTokenOutdated at another version of this one."""
        if (self.install_id, self.extension_id) != (install.install_id, install.extension_id):
            raise UiTokenMisplaced("This UI token is for another extension of your tenant.")
        if self.version_id != install.version_id:
            raise UiTokenOutdated(
                "The extension was changed to another version since this token was made. Reload the page."
            )


@dataclass(frozen=True, slots=True)
class UiToken:
    """What a token says. ``ground_id`` is the hash of a session's secret, or the id of an API key."""

    tenant_id: TenantId
    principal_id: PrincipalId
    bounds: InstallBounds
    ground: Ground
    ground_id: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime

    def sealed(self, pepper: bytes) -> str:
        """Write the token out, for the page it was asked for."""
        said = _HEAD.pack(
            _FORM,
            _milliseconds(self.issued_at),
            _milliseconds(self.expires_at),
            self.ground,
            self.tenant_id.bytes,
            self.principal_id.bytes,
            self.bounds.install_id.bytes,
            self.bounds.extension_id.bytes,
            self.bounds.version_id.bytes,
        )
        body = said + self.ground_id
        text = base64.urlsafe_b64encode(body + _mac(body, pepper)).rstrip(b"=").decode()
        return UI_TOKEN_PREFIX + text

    @classmethod
    def opened(cls, text: str, pepper: bytes, *, now: datetime) -> "UiToken":
        """Read a token of ours. Raises UiTokenRefused, UiTokenExpired."""
        raw = _bytes_of(text)
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not hmac.compare_digest(mac, _mac(body, pepper)) or len(body) < _HEAD.size:
            _refuse()
        form, issued, ends, ground, *ids = _HEAD.unpack_from(body)
        if form != _FORM:
            _refuse()
        tenant, principal, install, extension, version = (UUID(bytes=part) for part in ids)
        token = cls(
            TenantId(tenant),
            PrincipalId(principal),
            InstallBounds(InstallId(install), ExtensionId(extension), VersionId(version)),
            Ground(ground),
            body[_HEAD.size :],
            _moment(issued),
            _moment(ends),
        )
        if now >= token.expires_at:
            raise UiTokenExpired("The UI token is over. Ask the bridge for the current one.")
        return token


def _bytes_of(text: str) -> bytes:
    encoded = text.removeprefix(UI_TOKEN_PREFIX)
    if encoded == text or len(text) > _MOST_LENGTH:
        _refuse()
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        _refuse()
    # One token has one spelling.
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != encoded:
        _refuse()
    return raw


def _refuse() -> NoReturn:
    raise UiTokenRefused("The UI token was not made here. Ask the bridge for the current one.")


def _mac(body: bytes, pepper: bytes) -> bytes:
    return hmac.digest(pepper, b"ui-token\0" + body, hashlib.sha256)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
