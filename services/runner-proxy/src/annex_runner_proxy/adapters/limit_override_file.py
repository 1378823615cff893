"""LIMIT_OVERRIDES_FILE: limits for single installs, extensions and tenants, checked whole at start."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annex_runner_proxy.domain.limit_overrides import LimitOverrides
from annex_runner_proxy.domain.limits import LimitOverride, PlatformLimits, Reuse
from annex_shared.contracts.installs import LimitInstall
from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, TenantId
from annex_shared.names import ExtensionRef
from annex_shared.settings import InvalidSettings

_SETTING = "LIMIT_OVERRIDES_FILE"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    installs: dict[UUID, LimitInstall] = Field(default_factory=dict)
    extensions: dict[str, LimitInstall] = Field(default_factory=dict)
    tenants: dict[UUID, LimitInstall] = Field(default_factory=dict)


def read_limit_overrides(path: Path | None, platform: PlatformLimits) -> LimitOverrides:
    """Read the file, if there is one. Raises InvalidSettings, which names the first mistake."""
    if path is None:
        return LimitOverrides()
    try:
        file = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InvalidSettings(f"{_SETTING} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        mistake = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in mistake["loc"]) or "the document"
        raise InvalidSettings(f"{_SETTING}: {place}: {mistake['msg']}.") from None
    _check_extensions(file.extensions)
    for kind, entries in (
        ("installs", {str(name): entry for name, entry in file.installs.items()}),
        ("extensions", file.extensions),
        ("tenants", {str(name): entry for name, entry in file.tenants.items()}),
    ):
        _check_limits(kind, entries, platform)
    return LimitOverrides(
        {InstallId(name): _to_override(entry) for name, entry in file.installs.items()},
        {name: _to_override(entry) for name, entry in file.extensions.items()},
        {TenantId(name): _to_override(entry) for name, entry in file.tenants.items()},
    )


def _to_override(entry: LimitInstall) -> LimitOverride:
    reuse = entry.reuse
    return LimitOverride(
        entry.limits.model_dump(exclude_none=True),
        None if reuse is None else Reuse(reuse.max_requests, reuse.max_idle_seconds),
    )


def _check_extensions(entries: Mapping[str, LimitInstall]) -> None:
    for name in entries:
        try:
            is_canonical = str(ExtensionRef.parse(name)) == name
        except AnnexError:
            is_canonical = False
        if not is_canonical:
            raise InvalidSettings(f"{_SETTING}: extensions.{name}: write it as publisher/name.")


def _check_limits(kind: str, entries: Mapping[str, LimitInstall], platform: PlatformLimits) -> None:
    for name, entry in entries.items():
        for limit, value in entry.limits.model_dump(exclude_none=True).items():
            place = f"{_SETTING}: {kind}.{name}.limits.{limit}"
            if value > platform.ceiling(limit):
                raise InvalidSettings(
                    f"{place}: {value} is over this platform's ceiling of {platform.ceiling(limit)}."
                )
