import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from annex_cli.credentials import Credential, CredentialWish, Purpose, find_credential
from annex_cli.errors import CredentialMissing, CredentialUnreadable, InvalidUsage

TENANT = "11111111-1111-7111-8111-111111111111"
NOTHING = CredentialWish(None, None, None)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder two levels below a development platform."""
    place = tmp_path / ".annex"
    place.mkdir()
    facts = {
        "gateway_url": "http://127.0.0.1:8080",
        "tenant_id": TENANT,
        "api_key": "user",
        "admin_api_key": "admin",
    }
    (place / "dev.json").write_text(json.dumps(facts))
    below = tmp_path / "one" / "two"
    below.mkdir(parents=True)
    return below


def _find(
    folder: Path,
    purpose: Purpose = Purpose.USE,
    *,
    wish: CredentialWish = NOTHING,
    environment: Mapping[str, str] | None = None,
) -> Credential:
    return find_credential(wish, purpose, environment=environment or {}, folder=folder)


@pytest.mark.parametrize(("purpose", "token"), [(Purpose.USE, "user"), (Purpose.ADMINISTER, "admin")])
def test_nearest_development_platform_is_found_upwards(project: Path, purpose: Purpose, token: str) -> None:
    found = _find(project, purpose)

    assert (found.token, found.gateway_url, found.tenant_id) == (token, "http://127.0.0.1:8080", TENANT)
    assert found.is_development
    assert str(project.parent.parent / ".annex" / "dev.json") in found.source


def test_annex_home_is_looked_at_first(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    facts = {
        "gateway_url": "http://127.0.0.1:9090",
        "tenant_id": TENANT,
        "api_key": "a",
        "admin_api_key": "b",
    }
    (home / "dev.json").write_text(json.dumps(facts))

    assert _find(project, environment={"ANNEX_HOME": str(home)}).gateway_url == "http://127.0.0.1:9090"


def test_token_of_the_environment_wins_over_the_development_platform(project: Path) -> None:
    found = _find(project, environment={"ANNEX_TOKEN": " secret\n"})

    assert (found.token, found.tenant_id) == ("secret", None)
    assert not found.is_development


def test_token_file_wins_over_the_environment(project: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    wish = CredentialWish("https://console.example", None, tmp_path / "token")

    found = _find(project, wish=wish, environment={"ANNEX_TOKEN": "secret"})

    assert (found.token, found.gateway_url) == ("from-file", "https://console.example")


def test_development_key_is_for_its_own_gateway_only(project: Path) -> None:
    with pytest.raises(CredentialMissing):
        _find(project, wish=CredentialWish("https://console.example", None, None))


def test_token_without_a_gateway_is_not_sent_anywhere(tmp_path: Path) -> None:
    with pytest.raises(InvalidUsage, match="which gateway"):
        _find(tmp_path, environment={"ANNEX_TOKEN": "secret"})


@pytest.mark.parametrize("text", ["", "two words", "line\nline", "schlüssel"])
def test_token_that_no_header_can_carry_is_refused_without_being_shown(project: Path, text: str) -> None:
    with pytest.raises(CredentialUnreadable) as refused:
        _find(project, environment={"ANNEX_TOKEN": text})

    assert not text or text not in str(refused.value)


def test_tenant_is_an_id_or_the_development_slug(project: Path) -> None:
    other = "22222222-2222-7222-8222-222222222222"

    assert _find(project, wish=CredentialWish(None, "dev", None)).tenant_id == TENANT
    assert _find(project, wish=CredentialWish(None, other, None)).tenant_id == other
    with pytest.raises(InvalidUsage):
        _find(project, wish=CredentialWish(None, "northwind", None))


def test_damaged_development_file_is_said(project: Path) -> None:
    (project.parent.parent / ".annex" / "dev.json").write_text("{}")

    with pytest.raises(CredentialUnreadable):
        _find(project)


def test_credential_never_shows_its_token(project: Path) -> None:
    assert "user" not in repr(_find(project)).replace("the api_key", "")
