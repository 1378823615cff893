"""Installs as runner-proxy copies them from the registry: only a newer revision replaces what is known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from annex_runner_proxy.domain.limits import NO_OVERRIDE, LimitOverride
from annex_shared.content_hash import ContentHash
from annex_shared.host_patterns import HostPattern
from annex_shared.ids import ExtensionId, InstallId, TenantId
from annex_shared.manifest.capabilities import DEFAULT_CAPABILITIES
from annex_shared.secret_envelope import SealedSecrets

_MAX_TOMBSTONES = 10_000


@dataclass(frozen=True, slots=True)
class SealedSecret:
    """One secret with an envelope of its own; from ``usable_until`` on nobody is handed it."""

    name: str
    sealed: SealedSecrets
    usable_until: datetime | None = None
    # Where it may be put into requests to, unseen by the extension.
    hosts: tuple[HostPattern, ...] = ()

    def is_usable(self, now: datetime) -> bool:
        return self.usable_until is None or now < self.usable_until


@dataclass(frozen=True, slots=True)
class Install:
    """A tenant's use of one version, with what it may do and know."""

    install_id: InstallId
    tenant_id: TenantId
    extension_id: ExtensionId
    extension: str
    version_id: str
    version: str
    content_hash: ContentHash
    is_enabled: bool
    revision: int
    grants: frozenset[str]
    config: Mapping[str, str]
    config_version: int
    secrets_version: int
    sealed_secrets: SealedSecrets | None = field(repr=False)
    secrets: tuple[SealedSecret, ...] = field(default=(), repr=False)
    limits: LimitOverride = NO_OVERRIDE
    # A caller may have named which secrets a call sees; None is all of them.
    visible_secrets: frozenset[str] | None = None
    # A host is called that both lists match.
    egress: tuple[HostPattern, ...] = ()
    declared_egress: tuple[HostPattern, ...] = ()
    # What administrators of the tenant allow this call besides; None is no list of theirs.
    controlled_egress: tuple[HostPattern, ...] | None = None

    def shows_secret(self, name: str) -> bool:
        return self.visible_secrets is None or name in self.visible_secrets

    def may(self, capability: str) -> bool:
        return capability in self.grants or capability in DEFAULT_CAPABILITIES


class InstallTable:
    """The projection. Events arrive during a rebuild, so it removes only what nobody confirmed meanwhile."""

    def __init__(self) -> None:
        self._installs: dict[InstallId, Install] = {}
        self._learned_in: dict[InstallId, int] = {}
        self._gone_since: dict[InstallId, int] = {}
        self._round = 0
        self._changed: dict[InstallId, None] = {}
        self.is_filled = False

    def get(self, install_id: InstallId) -> Install | None:
        return self._installs.get(install_id)

    def known_revision(self, install_id: InstallId) -> int:
        """Return the revision we have, also of an install that is gone; 0 if it is unknown."""
        install = self._installs.get(install_id)
        return self._gone_since.get(install_id, 0) if install is None else install.revision

    def apply(self, install: Install) -> bool:
        """Take ``install`` unless we know something as new; say whether it was taken."""
        self._learned_in[install.install_id] = self._round
        if install.revision <= self.known_revision(install.install_id):
            return False
        self._gone_since.pop(install.install_id, None)
        self._installs[install.install_id] = install
        self._changed[install.install_id] = None
        return True

    def take_changed(self) -> list[Install]:
        """Give every install that changed since this was last asked; what cannot be done now is put back."""
        changed, self._changed = self._changed, {}
        return [self._installs[install_id] for install_id in changed if install_id in self._installs]

    def put_back(self, installs: Iterable[Install]) -> None:
        """Let installs count as changed again."""
        self._changed |= dict.fromkeys(install.install_id for install in installs)

    def forget(self, install_id: InstallId, *, revision: int) -> None:
        """Remove an uninstalled install, and remember when, so that a late event does not bring it back."""
        if revision < self.known_revision(install_id):
            return
        self._installs.pop(install_id, None)
        self._learned_in.pop(install_id, None)
        self._changed.pop(install_id, None)
        self._gone_since[install_id] = revision
        while len(self._gone_since) > _MAX_TOMBSTONES:
            self._gone_since.pop(next(iter(self._gone_since)))

    def begin_rebuild(self) -> None:
        self._round += 1

    def finish_rebuild(self) -> Collection[InstallId]:
        """Remove and return what neither the listing nor an event has confirmed since ``begin_rebuild``."""
        gone = [install_id for install_id, learned in self._learned_in.items() if learned < self._round]
        for install_id in gone:
            self.forget(install_id, revision=self.known_revision(install_id))
        self.is_filled = True
        return gone

    def content_hashes(self) -> Iterable[ContentHash]:
        """Give every installed bundle once, so that it can be made ready."""
        return dict.fromkeys(install.content_hash for install in self._installs.values())

    def all(self) -> list[Install]:
        return list(self._installs.values())

    def __len__(self) -> int:
        return len(self._installs)
