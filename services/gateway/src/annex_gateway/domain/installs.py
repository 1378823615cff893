"""The copy of the registry's installs: newest revision wins, gone stays gone, found in one look."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from annex_gateway.domain.errors import ExtensionAmbiguous, InstallDisabled
from annex_shared.content_hash import ContentHash
from annex_shared.display_text import shown
from annex_shared.ids import ExtensionId, InstallId, TenantId, VersionId
from annex_shared.names import ExtensionName, InvalidExtensionName


@dataclass(frozen=True, slots=True)
class Install:
    """What the gateway needs to know of a tenant's use of one version."""

    install_id: InstallId
    tenant_id: TenantId
    extension_id: ExtensionId
    publisher: str
    name: str
    version_id: VersionId
    content_hash: ContentHash
    is_enabled: bool
    revision: int
    config_version: int
    secrets_version: int
    grants: frozenset[str] = frozenset()

    def require_enabled(self) -> None:
        if not self.is_enabled:
            raise InstallDisabled(
                f"{self.publisher}/{self.name} is installed and disabled. Enable the install to call it.",
                details={"install_id": str(self.install_id)},
            )

    def spellings(self) -> Iterator[str]:
        """Yield the spellings of ``{extension}`` that mean this install."""
        yield _id_key(str(self.install_id))
        yield _id_key(str(self.extension_id))
        name = ExtensionName.parse(self.name).key
        yield _qualified_key(self.publisher, name)
        yield name


@dataclass(frozen=True, slots=True)
class InstallHint:
    """An install as its tenant's list shows it: enough to know whether it is worth reading."""

    install_id: InstallId
    revision: int


@dataclass(frozen=True, slots=True)
class InstallListing:
    """All installs of all tenants, read page by page; the state is at least as new as ``as_of``."""

    installs: tuple[Install, ...]
    as_of: int


@dataclass(slots=True)
class InstallProjection:
    """The installs known here.

    ``_seen`` holds for every install, gone ones too, its highest revision and the tick at which it changed
    here, so neither an old event nor a slow listing brings back what is newer or gone.
    """

    as_of: int | None = None
    _installs: dict[InstallId, Install] = field(default_factory=dict)
    _index: dict[tuple[TenantId, str], set[InstallId]] = field(default_factory=dict)
    _seen: dict[InstallId, tuple[int, int]] = field(default_factory=dict)
    _tick: int = 0
    _previous_mark: int = 0

    def __len__(self) -> int:
        return len(self._installs)

    def __iter__(self) -> Iterator[Install]:
        return iter(self._installs.values())

    def revision(self, install_id: InstallId) -> int:
        """Return the highest revision seen, zero when there is none."""
        return self._seen.get(install_id, (0, 0))[0]

    def find(self, tenant_id: TenantId, extension: str) -> Install | None:
        """Look up an id, ``publisher.name`` or an unambiguous bare name among one tenant's installs."""
        for key in _lookup_keys(extension):
            found = self._index.get((tenant_id, key), set())
            if len(found) > 1:
                raise ExtensionAmbiguous(
                    f'"{shown(extension, limit=80)}" fits several installs. Use publisher.name or the '
                    "install id.",
                    details={"candidates": [*sorted(self._spelling(install_id) for install_id in found)]},
                )
            for install_id in found:
                return self._installs[install_id]
        return None

    def apply(self, install: Install) -> bool:
        """Take a newer state; say whether it was."""
        if install.revision <= self.revision(install.install_id):
            return False
        self._forget(install.install_id)
        self._note(install.install_id, install.revision)
        self._installs[install.install_id] = install
        for key in install.spellings():
            self._index.setdefault((install.tenant_id, key), set()).add(install.install_id)
        return True

    def remove(self, install_id: InstallId, *, revision: int = 0) -> None:
        """Take note that an install is gone; what is known of it up to now stays refused."""
        self._forget(install_id)
        self._note(install_id, max(revision, self.revision(install_id)))

    def mark(self) -> int:
        """Return the present tick; taken before a listing is read and given back with it."""
        return self._tick

    def replace(self, listing: InstallListing, *, mark: int) -> None:
        """Become the listing, except for what changed here after it was begun."""
        for install in listing.installs:
            self.apply(install)
        listed = {install.install_id for install in listing.installs}
        for install_id in [known for known in self._installs if known not in listed]:
            if self._seen[install_id][1] <= mark:
                self.remove(install_id)
        self.as_of = listing.as_of
        self._drop_old_tombstones()
        self._previous_mark = mark

    def _drop_old_tombstones(self) -> None:
        """Forget installs gone before the previous listing: no read that could revive them still runs."""
        self._seen = {
            install_id: (revision, tick)
            for install_id, (revision, tick) in self._seen.items()
            if install_id in self._installs or tick > self._previous_mark
        }

    def _note(self, install_id: InstallId, revision: int) -> None:
        self._tick += 1
        self._seen[install_id] = (revision, self._tick)

    def _forget(self, install_id: InstallId) -> None:
        install = self._installs.pop(install_id, None)
        for key in () if install is None else install.spellings():
            assert install is not None  # noqa: S101 - the loop is empty without one
            ids = self._index[install.tenant_id, key]
            ids.discard(install_id)
            if not ids:
                del self._index[install.tenant_id, key]

    def _spelling(self, install_id: InstallId) -> str:
        install = self._installs[install_id]
        return f"{install.publisher}.{install.name}"


# Neither sign can stand in a name or a URL segment, so the three kinds of key never meet.
def _id_key(text: str) -> str:
    return f"#{text}"


def _qualified_key(publisher: str, name_key: str) -> str:
    return f"{publisher}/{name_key}"


def _lookup_keys(extension: str) -> Iterator[str]:
    """Yield index keys to try in turn: an id, then the qualified reading, then the bare name."""
    lowered = extension.lower()
    yield _id_key(lowered)
    publisher, dot, rest = lowered.partition(".")
    if dot and (qualified := _name_key(rest)) is not None:
        yield _qualified_key(publisher, qualified)
    if (bare := _name_key(lowered)) is not None:
        yield bare


def _name_key(text: str) -> str | None:
    """Return the spelling a name is compared by; ``.`` and ``_`` count as ``-``."""
    try:
        return ExtensionName.parse(text).key
    except InvalidExtensionName:
        return None
