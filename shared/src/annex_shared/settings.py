"""Settings: one frozen class per service, read once from an environment mapping that is passed in.

A field ``bundle_store_url`` of the registry is looked up as ``ANNEX_REGISTRY_BUNDLE_STORE_URL``, then
``BUNDLE_STORE_URL``, then the predecessor's names listed by ``setting(legacy=…)``, which cost one warning.
``<NAME>_FILE`` names a file whose content is the value, for mounted secrets.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annex_shared.errors import AnnexError

Loaded = TypeVar("Loaded", bound="ServiceSettings")


class InvalidSettings(AnnexError):
    """One or more settings are missing or malformed; every mistake is named at once."""


def setting(default: Any = ..., *, doc: str, legacy: tuple[str, ...] = ()) -> Any:
    """Declare one setting: its default (``...`` when required), what it does, and the predecessor's names."""
    return Field(default=default, description=doc, json_schema_extra={"legacy": list(legacy)})


class ServiceSettings(BaseModel):
    """Base of every service's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    service: ClassVar[str]

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> tuple[Self, list[str]]:
        """Return the settings and one warning per predecessor name used. Raises InvalidSettings."""
        values: dict[str, str] = {}
        warnings: list[str] = []
        for field in cls.model_fields:
            for name in cls.names_of(field):
                value = _value_of(name, environment)
                if value is not None:
                    values[field] = value
                    if name in cls.legacy_names(field):
                        warnings.append(f"{name} is the predecessor's name; use {cls.env_name(field)}.")
                    break
        try:
            return cls.model_validate(values), warnings
        except ValidationError as error:
            raise InvalidSettings(" ".join(cls._mistakes(error))) from None

    @classmethod
    def env_name(cls, field: str) -> str:
        return f"ANNEX_{cls.service.upper().replace('-', '_')}_{field.upper()}"

    @classmethod
    def legacy_names(cls, field: str) -> list[str]:
        extra = cls.model_fields[field].json_schema_extra
        names = extra.get("legacy", []) if isinstance(extra, dict) else []
        return [str(name) for name in names] if isinstance(names, list) else []

    @classmethod
    def names_of(cls, field: str) -> Iterator[str]:
        yield cls.env_name(field)
        yield field.upper()
        yield from cls.legacy_names(field)

    @classmethod
    def _mistakes(cls, error: ValidationError) -> Iterator[str]:
        for mistake in error.errors(include_input=False, include_url=False):
            field = str(mistake["loc"][0]) if mistake["loc"] else "settings"
            yield f"{field.upper()} ({cls.env_name(field)}): {mistake['msg']}."


def _value_of(name: str, environment: Mapping[str, str]) -> str | None:
    if name in environment:
        return environment[name]
    path = environment.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise InvalidSettings(f"{name}_FILE cannot be read: {error.strerror}.") from None
