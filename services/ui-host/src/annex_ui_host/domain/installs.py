"""The projection of installs: which tenant shows which bundle of which extension."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annex_shared.content_hash import ContentHash
from annex_shared.ids import ExtensionId, InstallId, TenantId

_MAX_TOMBSTONES = 10_000

Place = tuple[TenantId, ExtensionId, ContentHash]


@dataclass(frozen=True, slots=True)
class Install:
    """What the ui-host needs to know of an install; ``revision`` only grows."""

    install_id: InstallId
    tenant_id: TenantId
    extension_id: ExtensionId
    content_hash: ContentHash
    is_enabled: bool
    revision: int

    @property
    def place(self) -> Place:
        return (self.tenant_id, self.extension_id, self.content_hash)


class Installs:
    """Installs by id; a change is taken only if it is newer.

    An uninstalled one leaves a tombstone, so that an answer which was on its way cannot bring it back.
    ``as_of`` is the serial of the last complete listing, and None before the first.
    """

    def __init__(self) -> None:
        self._installs: dict[InstallId, Install] = {}
        self._shown: dict[Place, set[InstallId]] = {}
        self._tombstones: OrderedDict[InstallId, int] = OrderedDict()
        self.as_of: int | None = None

    def is_shown(self, tenant_id: TenantId, extension_id: ExtensionId, content_hash: ContentHash) -> bool:
        return (tenant_id, extension_id, content_hash) in self._shown

    def apply(self, install: Install) -> None:
        known = self._installs.get(install.install_id)
        revision = known.revision if known else self._tombstones.get(install.install_id, 0)
        if install.revision <= revision:
            return
        self._hide(install.install_id)
        self._tombstones.pop(install.install_id, None)
        self._installs[install.install_id] = install
        if install.is_enabled:
            self._shown.setdefault(install.place, set()).add(install.install_id)

    def drop(self, install_id: InstallId, *, revision: int) -> None:
        """Forget an install that its owner no longer has; ``revision`` is the highest known of it."""
        known = self._installs.get(install_id)
        highest = max(revision, self._tombstones.get(install_id, 0), known.revision if known else 0)
        self._hide(install_id)
        self._tombstones.pop(install_id, None)
        self._tombstones[install_id] = highest
        if len(self._tombstones) > _MAX_TOMBSTONES:
            self._tombstones.popitem(last=False)

    def revisions(self) -> Mapping[InstallId, int]:
        """Take down what is known now, to be compared after a listing that took a while."""
        return {install_id: install.revision for install_id, install in self._installs.items()}

    def take_listing(
        self, listed: Iterable[Install], *, as_of: int, known_before: Mapping[InstallId, int]
    ) -> None:
        """Bring everything to a complete listing, except what changed here while it was read."""
        present = set()
        for install in listed:
            self.apply(install)
            present.add(install.install_id)
        for install_id, revision in known_before.items():
            current = self._installs.get(install_id)
            if install_id not in present and current is not None and current.revision == revision:
                self.drop(install_id, revision=revision)
        self.as_of = as_of

    def _hide(self, install_id: InstallId) -> None:
        install = self._installs.pop(install_id, None)
        if install is None or not install.is_enabled:
            return
        ids = self._shown[install.place]
        ids.discard(install_id)
        if not ids:
            del self._shown[install.place]
