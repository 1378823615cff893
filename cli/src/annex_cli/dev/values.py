"""What an install begins with in development: `config.toml`, `secrets.toml`, `storage.toml`."""

import json
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from pydantic import JsonValue

from annex_cli.errors import FileNotUsable

FILES: Final = ("config.toml", "secrets.toml", "storage.toml")
_MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredValue:
    """One record under a namespace and a key; what is no text is stored as JSON."""

    namespace: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class DevValues:
    """What the three files say together."""

    config: dict[str, JsonValue] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    storage: tuple[StoredValue, ...] = ()


def read_values(folder: Path) -> DevValues:
    """Read the files there are. Raises FileNotUsable, which names the file and what is wrong in it."""
    config, secrets, storage = (_table(folder / name) for name in FILES)
    return DevValues(
        {name: _json(value) for name, value in config.items()},
        {name: _secret(folder / FILES[1], name, value) for name, value in secrets.items()},
        tuple(
            StoredValue(namespace, key, value if isinstance(value, str) else json.dumps(_json(value)))
            for namespace, records in storage.items()
            for key, value in _records(folder / FILES[2], namespace, records).items()
        ),
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > _MAX_BYTES:
        raise FileNotUsable(f"{path} is larger than a MiB.")
    try:
        return tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileNotUsable(f"{path} is not TOML: {error}.") from None


def _secret(path: Path, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise FileNotUsable(f'{path}: {name} is no text. Write {name} = "…".')
    return value


def _records(path: Path, namespace: str, records: object) -> dict[str, Any]:
    if not isinstance(records, dict):
        raise FileNotUsable(f"{path}: {namespace} is no namespace. Write [{namespace}], then key = value.")
    return records


def _json(value: object) -> JsonValue:
    """Write what TOML has and JSON has not as text: moments and times."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case dict():
            return {str(name): _json(one) for name, one in value.items()}
        case list():
            return [_json(one) for one in value]
        case str() | bool() | int() | float():
            return value
    raise AssertionError(type(value))
