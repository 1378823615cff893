"""UI tokens as texts: what is sealed opens again, and nothing else does."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from annex_gateway.domain.errors import UiTokenExpired, UiTokenMisplaced, UiTokenOutdated, UiTokenRefused
from annex_gateway.domain.ui_tokens import UI_TOKEN_PREFIX, Ground, InstallBounds, UiToken
from annex_shared.ids import ExtensionId, InstallId, PrincipalId, TenantId, VersionId
from unit.gateway.builders import an_install

PEPPER = b"the pepper of the unit tests"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTALL = an_install()


def a_token() -> UiToken:
    return UiToken(
        tenant_id=TenantId(UUID(int=1)),
        principal_id=PrincipalId(UUID(int=2)),
        bounds=InstallBounds.of(INSTALL),
        ground=Ground.SESSION,
        ground_id=b"\x00" * 32,
        issued_at=NOW,
        expires_at=NOW + timedelta(minutes=5),
    )


def test_a_sealed_token_opens_as_it_was() -> None:
    assert UiToken.opened(a_token().sealed(PEPPER), PEPPER, now=NOW) == a_token()


def test_no_part_of_a_token_can_be_changed() -> None:
    text = a_token().sealed(PEPPER)
    raw = base64.urlsafe_b64decode(text.removeprefix(UI_TOKEN_PREFIX) + "=" * (-(len(text) - 8) % 4))
    for at in range(len(raw)):
        changed = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        forged = UI_TOKEN_PREFIX + base64.urlsafe_b64encode(changed).rstrip(b"=").decode()

        with pytest.raises(UiTokenRefused):
            UiToken.opened(forged, PEPPER, now=NOW)


@pytest.mark.parametrize(
    "text", ["", "annexui_", "annex_0123", "annexui_a", "annexui_" + "A" * 44, "annexui_" + "A" * 600]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UiTokenRefused):
        UiToken.opened(text, PEPPER, now=NOW)


def test_a_token_of_another_pepper_is_refused() -> None:
    with pytest.raises(UiTokenRefused):
        UiToken.opened(a_token().sealed(b"another pepper"), PEPPER, now=NOW)


def test_a_token_is_over_at_its_end() -> None:
    text = a_token().sealed(PEPPER)
    UiToken.opened(text, PEPPER, now=NOW + timedelta(minutes=5, milliseconds=-1))

    with pytest.raises(UiTokenExpired):
        UiToken.opened(text, PEPPER, now=NOW + timedelta(minutes=5))


def test_a_token_has_one_spelling() -> None:
    text = a_token().sealed(PEPPER)

    for other in (text + "=", text + "==", text.replace("_", "/", 2)):
        with pytest.raises(UiTokenRefused):
            UiToken.opened(other, PEPPER, now=NOW)


def test_bounds_hold_one_install_in_one_version() -> None:
    bounds = InstallBounds.of(INSTALL)
    bounds.require(INSTALL)

    with pytest.raises(UiTokenMisplaced):
        bounds.require(replace(INSTALL, install_id=InstallId(UUID(int=9))))
    with pytest.raises(UiTokenMisplaced):
        bounds.require(replace(INSTALL, extension_id=ExtensionId(UUID(int=9))))
    with pytest.raises(UiTokenOutdated):
        bounds.require(replace(INSTALL, version_id=VersionId(UUID(int=9))))


def test_a_token_shows_no_ground_in_its_repr() -> None:
    assert "ground_id" not in repr(a_token())
