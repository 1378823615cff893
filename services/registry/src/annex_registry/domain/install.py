"""Installs: a tenant's use of one version, and the rules for changing it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import JsonValue

from annex_registry.domain.app_domain import HostName
from annex_registry.domain.consent import Consent
from annex_registry.domain.egress import (
    HTTP_FETCH,
    EgressDecision,
    Hosts,
    allowed_again,
    declared_egress,
    still_declared,
)
from annex_registry.domain.errors import InstallChangedMeanwhile, InstallPinned
from annex_registry.domain.install_config import effective_config
from annex_registry.domain.install_limits import InstallLimits
from annex_registry.domain.secrets import OverduePolicy, RotationPolicy, StoredSecret, names_of
from annex_registry.domain.version import Extension, PublishedVersion, VersionContents
from annex_shared.contracts.events import InstallChange, InstallChanged
from annex_shared.ids import InstallId, TenantId
from annex_shared.secret_envelope import SealedSecrets

Config = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class VersionNeeds:
    """What a version's manifest says about its installs."""

    config_schema: Config | None = None
    max_secret_age_days: int | None = None
    egress: Hosts = ()

    @classmethod
    def of(cls, contents: VersionContents) -> "VersionNeeds":
        """Read a manifest that was judged when it was uploaded."""
        schema = contents.manifest.get("configSchema")
        rotation = contents.manifest.get("secretRotation")
        days = rotation.get("maxAgeDays") if isinstance(rotation, dict) else None
        return cls(
            schema if isinstance(schema, dict) else None,
            days if isinstance(days, int) else None,
            declared_egress(contents.manifest),
        )


@dataclass(frozen=True, slots=True)
class Install:
    """One version in use by one tenant; ``revision`` grows with every change and never falls.

    ``sealed_secrets`` is one envelope of several secrets, as they were kept before each had its own.
    """

    id: InstallId
    tenant_id: TenantId
    version: PublishedVersion
    is_enabled: bool
    grants: tuple[str, ...]
    config: Config
    config_version: int
    sealed_secrets: SealedSecrets | None
    secrets_version: int
    revision: int
    created_at: datetime
    updated_at: datetime
    denied: tuple[str, ...] = ()
    is_pinned: bool = False
    effective_config: Config | None = None
    secrets: tuple[StoredSecret, ...] = ()
    max_secret_age_days: int | None = None
    overdue_secrets: OverduePolicy | None = None
    declared_max_secret_age_days: int | None = None
    egress: Hosts = ()
    declared_egress: Hosts = ()
    last_change: str | None = None
    changed_by: str | None = None
    app_domain: HostName | None = None
    limits: InstallLimits = field(default_factory=InstallLimits)

    @property
    def extension(self) -> Extension:
        return self.version.extension

    @property
    def status(self) -> str:
        return "enabled" if self.is_enabled else "disabled"

    @property
    def consent(self) -> Consent:
        return Consent(self.grants, self.denied)

    @property
    def secret_names(self) -> tuple[str, ...]:
        return names_of(self.secrets, self.sealed_secrets)

    def rotation(self, operator: RotationPolicy) -> RotationPolicy:
        """Return the strictest of what operator, extension and tenant ask for."""
        return operator.tightened(self.declared_max_secret_age_days).tightened(
            self.max_secret_age_days, self.overdue_secrets
        )

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
    """What a caller wants changed; an absent field stays as it is.

    ``needs`` are those of the version it will run. ``max_secret_age_days`` 0 removes the install's limit.
    """

    version: PublishedVersion | None = None
    is_enabled: bool | None = None
    grants: Sequence[str] | None = None
    denied: Sequence[str] | None = None
    config: Config | None = None
    is_pinned: bool | None = None
    max_secret_age_days: int | None = None
    overdue_secrets: OverduePolicy | None = None
    egress: Sequence[str] | None = None
    needs: VersionNeeds = VersionNeeds()


def edited(install: Install, edit: InstallEdit) -> tuple[Install, InstallChange] | None:
    """Apply an edit; None when nothing differs. The revision is counted by whoever stores it.

    Raises InstallPinned, ConsentRequired, InvalidInstallConfig and what a bad list of grants or hosts raises.
    """
    version = edit.version or install.version
    refuse_pinned(install, edit)
    consent = _consent(install, edit, version)
    is_judged = edit.config is not None or version.id != install.version.id
    config = dict(install.config if edit.config is None else edit.config)
    effective = effective_config(config, edit.needs.config_schema) if is_judged else install.effective_config
    age = (
        install.max_secret_age_days if edit.max_secret_age_days is None else edit.max_secret_age_days or None
    )
    changed = replace(
        install,
        version=version,
        is_enabled=install.is_enabled if edit.is_enabled is None else edit.is_enabled,
        grants=consent.granted,
        denied=consent.denied,
        egress=_egress(install, edit, consent, version),
        declared_egress=edit.needs.egress,
        config=config,
        effective_config=effective,
        config_version=install.config_version
        + (_differ(config, install.config) or _reads_other(install, effective)),
        is_pinned=install.is_pinned if edit.is_pinned is None else edit.is_pinned,
        max_secret_age_days=age,
        overdue_secrets=edit.overdue_secrets or install.overdue_secrets,
        declared_max_secret_age_days=edit.needs.max_secret_age_days
        if is_judged
        else install.declared_max_secret_age_days,
    )
    return None if _is_same(changed, install) else (changed, _change_of(install, changed))


def _consent(install: Install, edit: InstallEdit, version: PublishedVersion) -> Consent:
    if edit.grants is not None or edit.denied is not None:
        return install.consent.decided(version, grants=edit.grants, denied=edit.denied)
    return install.consent if version.id == install.version.id else install.consent.for_version(version)


def _egress(install: Install, edit: InstallEdit, consent: Consent, version: PublishedVersion) -> Hosts:
    is_granted = HTTP_FETCH in consent.granted
    is_new = is_granted and HTTP_FETCH not in install.grants
    return EgressDecision(edit.egress, install.egress, is_granted, is_new).made_for(
        version, edit.needs.egress
    )


def _reads_other(install: Install, effective: Config | None) -> bool:
    """Whether the extension reads another configuration; none stored yet reads what was chosen."""
    before = install.config if install.effective_config is None else install.effective_config
    return effective is not None and _differ(effective, before)


def _differ(one: Config, other: Config) -> bool:
    """Compare as JSON does: Python holds 1 and true for equal."""
    return json.dumps(dict(one), sort_keys=True) != json.dumps(dict(other), sort_keys=True)


def _is_same(changed: Install, install: Install) -> bool:
    """Compare what a tenant decides; what follows from the version is not a change by itself."""
    return (
        replace(
            changed,
            effective_config=install.effective_config,
            declared_max_secret_age_days=install.declared_max_secret_age_days,
            declared_egress=install.declared_egress,
        )
        == install
    )


def refuse_pinned(install: Install, edit: InstallEdit) -> None:
    """Raise InstallPinned for another version, unless the same edit unpins."""
    wants_other = edit.version is not None and edit.version.id != install.version.id
    if wants_other and install.is_pinned and edit.is_pinned is not False:
        raise InstallPinned(
            f"The install of {install.extension.ref} is pinned to {install.version.number}. "
            "Nothing was changed. Unpin it (is_pinned: false) to use another version.",
            details={"extension": str(install.extension.ref), "pinned_version": install.version.number.text},
        )


def _change_of(before: Install, after: Install) -> InstallChange:
    """Name the most far-reaching part of a change."""
    if after.version.ext_seq != before.version.ext_seq:
        is_newer = after.version.ext_seq > before.version.ext_seq
        return InstallChange.UPDATED if is_newer else InstallChange.ROLLED_BACK
    if after.is_enabled != before.is_enabled:
        return InstallChange.ENABLED if after.is_enabled else InstallChange.DISABLED
    return InstallChange.CONFIGURED


@dataclass(frozen=True, slots=True)
class InstallState:
    """One state an install had; ``ended_at`` is None for the present one."""

    revision: int
    version: PublishedVersion
    is_enabled: bool
    is_pinned: bool
    grants: tuple[str, ...]
    denied: tuple[str, ...]
    egress: Hosts
    config: Config
    change: str | None
    changed_by: str | None
    began_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, install: Install, *, ended_at: datetime | None = None) -> "InstallState":
        return cls(
            revision=install.revision,
            version=install.version,
            is_enabled=install.is_enabled,
            is_pinned=install.is_pinned,
            grants=install.grants,
            denied=install.denied,
            egress=install.egress,
            config=install.config,
            change=install.last_change,
            changed_by=install.changed_by,
            began_at=install.updated_at,
            ended_at=ended_at,
        )


def return_to(
    state: InstallState, install: Install, *, keeps_config: bool, needs: VersionNeeds
) -> tuple[Install, InstallChange] | None:
    """Go back to a version with its decisions of that time, less what was denied since."""
    granted = [name for name in state.grants if name not in install.denied]
    asked = state.version.capabilities
    edit = InstallEdit(
        version=state.version,
        grants=[name for name in granted if name in asked],
        config=None if keeps_config else state.config,
        egress=allowed_again(
            still_declared(state.egress, needs.egress),
            allowed_now=install.egress,
            declared_now=install.declared_egress,
        ),
        needs=needs,
    )
    change = edited(install, edit)
    return None if change is None else (change[0], InstallChange.ROLLED_BACK)


def refuse_stale(install: Install, if_revision: int | None) -> None:
    """Raise InstallChangedMeanwhile when the caller decided on another state."""
    if if_revision is not None and if_revision != install.revision:
        raise InstallChangedMeanwhile(
            f"The install of {install.extension.ref} was changed meanwhile: it has revision "
            f"{install.revision}, not {if_revision}. Read it again and repeat the change.",
            details={"revision": install.revision, "if_revision": if_revision},
        )
