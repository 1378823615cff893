"""Installs: a tenant's use of one version, and the rules for changing it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from annex_registry.domain.errors import (
    GrantNotRequested,
    InstallChangedMeanwhile,
    InvalidInstallConfig,
    InvalidSecretName,
)
from annex_registry.domain.version import Extension, PublishedVersion
from annex_shared.contracts.events import InstallChange, InstallChanged
from annex_shared.display_text import shown
from annex_shared.ids import InstallId, TenantId
from annex_shared.manifest import normalise_capability
from annex_shared.secret_envelope import SealedSecrets

MAX_CONFIG_BYTES = 64 * 1024
MAX_SECRETS = 100
MAX_SECRET_BYTES = 256 * 1024
_CONFIG_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_SECRET_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True, slots=True)
class Install:
    """One version in use by one tenant; ``revision`` grows with every change and never falls."""

    id: InstallId
    tenant_id: TenantId
    version: PublishedVersion
    is_enabled: bool
    grants: tuple[str, ...]
    config: Mapping[str, str]
    config_version: int
    sealed_secrets: SealedSecrets | None
    secrets_version: int
    revision: int
    created_at: datetime
    updated_at: datetime

    @property
    def extension(self) -> Extension:
        return self.version.extension

    @property
    def status(self) -> str:
        return "enabled" if self.is_enabled else "disabled"

    @property
    def secret_names(self) -> tuple[str, ...]:
        return () if self.sealed_secrets is None else self.sealed_secrets.names

    def event(self, change: InstallChange) -> InstallChanged:
        """Say what happened; a reader fetches the state itself from the registry."""
        return InstallChanged(
            change=change,
            tenant_id=str(self.tenant_id),
            install_id=str(self.id),
            extension=str(self.extension.ref),
            extension_id=str(self.extension.id),
            version_id=str(self.version.id),
            version=str(self.version.number),
            content_hash=self.version.content_hash,
            is_enabled=self.is_enabled,
            revision=self.revision,
            config_version=self.config_version,
            secrets_version=self.secrets_version,
        )


@dataclass(frozen=True, slots=True)
class InstallEdit:
    """What a caller wants changed; an absent field stays as it is."""

    version: PublishedVersion | None = None
    is_enabled: bool | None = None
    grants: Sequence[str] | None = None
    config: Mapping[str, str] | None = None


def edited(install: Install, edit: InstallEdit) -> tuple[Install, InstallChange] | None:
    """Apply an edit; None when nothing differs. The revision is counted by whoever stores it.

    Grants follow the version: what its manifest no longer asks for is dropped, what is new is not granted.
    """
    version = edit.version or install.version
    if edit.grants is None:
        grants = tuple(name for name in install.grants if name in version.capabilities)
    else:
        grants = accepted_grants(edit.grants, version)
    config = dict(install.config) if edit.config is None else accepted_config(edit.config)
    changed = replace(
        install,
        version=version,
        is_enabled=install.is_enabled if edit.is_enabled is None else edit.is_enabled,
        grants=grants,
        config=config,
        config_version=install.config_version + (config != install.config),
    )
    return None if changed == install else (changed, _change_of(install, changed))


def _change_of(before: Install, after: Install) -> InstallChange:
    """Name the most far-reaching part of a change."""
    if after.version.ext_seq != before.version.ext_seq:
        is_newer = after.version.ext_seq > before.version.ext_seq
        return InstallChange.UPDATED if is_newer else InstallChange.ROLLED_BACK
    if after.is_enabled != before.is_enabled:
        return InstallChange.ENABLED if after.is_enabled else InstallChange.DISABLED
    return InstallChange.CONFIGURED


def accepted_grants(grants: Iterable[str], version: PublishedVersion) -> tuple[str, ...]:
    """Return the grants in their one spelling, sorted. Raises GrantNotRequested."""
    return tuple(sorted({_accepted_grant(grant, version) for grant in grants}))


def _accepted_grant(grant: str, version: PublishedVersion) -> str:
    try:
        name = normalise_capability(grant)
    except ValueError:
        name = grant
    if name not in version.capabilities:
        asked = ", ".join(version.capabilities) or "nothing"
        raise GrantNotRequested(
            f'{version.extension.ref} {version.number} does not ask for "{shown(grant, limit=80)}". '
            f"It asks for {asked}. Grant only what it asks for.",
            details={"grant": shown(grant), "capabilities": list(version.capabilities)},
        )
    return name


def accepted_config(config: Mapping[str, str]) -> dict[str, str]:
    """Return the configuration if its names and its size are in bounds. Raises InvalidInstallConfig."""
    for name, value in config.items():
        if _CONFIG_NAME.fullmatch(name) is None or "\0" in value:
            raise InvalidInstallConfig(
                f'Configuration name "{shown(name, limit=80)}" or its value is not allowed: names use '
                'letters, digits, "_", "." and "-" (128 at most), values no NUL.',
                details={"name": shown(name)},
            )
    size = len(json.dumps(dict(config), ensure_ascii=False).encode())
    if size > MAX_CONFIG_BYTES:
        raise InvalidInstallConfig(
            f"The configuration has {size:,} bytes; at most {MAX_CONFIG_BYTES:,} are allowed.",
            details={"size_bytes": size, "limit_bytes": MAX_CONFIG_BYTES},
        )
    return dict(config)


def accepted_secret_name(name: str) -> str:
    """Return the name if it is well formed. Raises InvalidSecretName."""
    if _SECRET_NAME.fullmatch(name) is None:
        raise InvalidSecretName(
            f'Secret name "{shown(name, limit=80)}" is not allowed: use letters, digits, "_", "." and "-", '
            "128 characters at most.",
            details={"name": shown(name)},
        )
    return name


def refuse_stale(install: Install, if_revision: int | None) -> None:
    """Raise InstallChangedMeanwhile when the caller decided on another state."""
    if if_revision is not None and if_revision != install.revision:
        raise InstallChangedMeanwhile(
            f"The install of {install.extension.ref} was changed meanwhile: it has revision "
            f"{install.revision}, not {if_revision}. Read it again and repeat the change.",
            details={"revision": install.revision, "if_revision": if_revision},
        )
