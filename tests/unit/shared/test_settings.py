"""Settings come from one mapping, with the predecessor's names as a last resort."""

from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import SecretStr

from annex_shared.settings import InvalidSettings, ServiceSettings, setting


class ExampleSettings(ServiceSettings):
    service: ClassVar[str] = "ui-host"

    port: int = setting(8083, doc="Port to listen on.")
    cache_root: str = setting(doc="Where bundles are kept.", legacy=("EXT_CACHE_ROOT",))
    token: SecretStr = setting(SecretStr(""), doc="A secret.")


def test_the_service_name_wins_over_the_bare_name() -> None:
    environment = {"ANNEX_UI_HOST_PORT": "1", "PORT": "2", "CACHE_ROOT": "/c"}

    settings, warnings = ExampleSettings.load(environment)

    assert settings.port == 1
    assert warnings == []


def test_a_predecessor_name_is_taken_with_one_warning() -> None:
    settings, warnings = ExampleSettings.load({"EXT_CACHE_ROOT": "/old"})

    assert settings.cache_root == "/old"
    assert warnings == ["EXT_CACHE_ROOT is the predecessor's name; use ANNEX_UI_HOST_CACHE_ROOT."]


def test_every_mistake_is_named_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(InvalidSettings) as refused:
        ExampleSettings.load({"PORT": "hunter2"})

    assert "PORT (ANNEX_UI_HOST_PORT)" in refused.value.message
    assert "CACHE_ROOT (ANNEX_UI_HOST_CACHE_ROOT)" in refused.value.message
    assert "hunter2" not in refused.value.message


def test_a_secret_comes_from_a_mounted_file_and_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")

    settings, _ = ExampleSettings.load({"CACHE_ROOT": "/c", "TOKEN_FILE": str(tmp_path / "token")})

    assert settings.token.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(settings)


def test_an_unreadable_secret_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="TOKEN_FILE cannot be read"):
        ExampleSettings.load({"CACHE_ROOT": "/c", "TOKEN_FILE": str(tmp_path / "absent")})
