"""What an install begins with in development, as the three files say it."""

from pathlib import Path

import pytest

from annex_cli.dev.values import DevValues, StoredValue, read_values
from annex_cli.errors import FileNotUsable


def test_without_files_there_is_nothing(tmp_path: Path) -> None:
    assert read_values(tmp_path) == DevValues()


def test_the_files_say_configuration_secrets_and_records(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('greeting = "Servus"\nsince = 2026-11-21\n[limits]\nmost = 3\n')
    (tmp_path / "secrets.toml").write_text('API_KEY = "s3cret"\n')
    (tmp_path / "storage.toml").write_text('[notes]\nfirst = "text"\nsecond = { done = true }\n')

    values = read_values(tmp_path)

    assert values.config == {"greeting": "Servus", "since": "2026-11-21", "limits": {"most": 3}}
    assert values.secrets == {"API_KEY": "s3cret"}
    assert values.storage == (
        StoredValue("notes", "first", "text"),
        StoredValue("notes", "second", '{"done": true}'),
    )
    assert "s3cret" not in repr(values)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("config.toml", "greeting = ", "is not TOML"),
        ("secrets.toml", "API_KEY = 3", "API_KEY is no text"),
        ("storage.toml", 'first = "text"', "first is no namespace"),
        ("config.toml", f'big = "{"x" * (1 << 20)}"', "larger than a MiB"),
    ],
    ids=["no toml", "a secret that is a number", "a record without a namespace", "too large"],
)
def test_a_file_that_says_something_else_is_named(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(FileNotUsable) as refused:
        read_values(tmp_path)

    assert name in refused.value.message
    assert told in refused.value.message
    assert "x" * 100 not in refused.value.message
