"""Find the one file an address names, if it may be shown."""

from dataclasses import dataclass, field

from annex_shared.blocked_versions import BlockedVersions
from annex_shared.ids import TenantId
from annex_shared.version_proofs import VersionProofs
from annex_ui_host.actions.find_publication import PublicationLookups, find_publication
from annex_ui_host.actions.open_tree import Trees, open_tree
from annex_ui_host.actions.require_install import InstallRefreshes, require_install
from annex_ui_host.actions.require_proof import is_surely_proven, require_proof
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound, VersionBlocked
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.ports import Bundles, Registry
from annex_ui_host.domain.publications import Publication, Publications
from annex_ui_host.domain.stops import Stops
from annex_ui_host.domain.ui_tree import Asset, UiTree


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, for whom. ``is_navigation``: a browser wants a page, not a file of one."""

    address: AssetAddress
    tenant_id: TenantId | None = None
    is_navigation: bool = False


@dataclass(frozen=True, slots=True)
class FoundAsset:
    """``is_fallback``: the path names no file, and the entry page stands in for a place inside the app."""

    asset: Asset
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything an asset is found with."""

    registry: Registry
    bundles: Bundles
    publications: Publications
    lookups: PublicationLookups
    installs: Installs
    refreshes: InstallRefreshes
    trees: Trees
    blocked: BlockedVersions = field(default_factory=BlockedVersions)
    proofs: VersionProofs = field(default_factory=VersionProofs.off)
    stops: Stops = field(default_factory=Stops.of_nobody)


async def find_asset(wanted: Wanted, *, shelf: Shelf) -> FoundAsset:
    """Check in this order: published under this extension, not stopped, installed, proven, in the tree.

    Raises AssetNotFound, VersionBlocked, and what ``Stops``, ``require_proof`` and fetching a bundle do.
    """
    ready = ready_asset(wanted, shelf=shelf)
    if ready is not None:
        return ready
    address = wanted.address
    publication = await find_publication(
        address, publications=shelf.publications, lookups=shelf.lookups, registry=shelf.registry
    )
    _require_not_stopped(publication, wanted, shelf)
    if wanted.tenant_id is not None:
        await require_install(
            wanted.tenant_id,
            publication,
            installs=shelf.installs,
            refreshes=shelf.refreshes,
            registry=shelf.registry,
        )
    await require_proof(publication, proofs=shelf.proofs)
    tree = await open_tree(address.content_hash, trees=shelf.trees, bundles=shelf.bundles)
    found = _in_tree(wanted, publication, tree)
    if found is None:
        raise AssetNotFound
    return found


def ready_asset(wanted: Wanted, *, shelf: Shelf) -> FoundAsset | None:
    """Find an asset by the same rules without asking anybody or waiting; None where that is not enough.

    Raises VersionBlocked, and what ``Stops`` does.
    """
    address = wanted.address
    publication = shelf.publications.find(address.content_hash, address.extension)
    if publication is None:
        return None
    _require_not_stopped(publication, wanted, shelf)
    tenant_id = wanted.tenant_id
    if tenant_id is not None and not shelf.installs.is_shown(
        tenant_id, publication.extension_id, publication.content_hash
    ):
        return None
    if not is_surely_proven(publication, proofs=shelf.proofs):
        return None
    tree = shelf.trees.cache.get(address.content_hash)
    return None if tree is None else _in_tree(wanted, publication, tree)


def _require_not_stopped(publication: Publication, wanted: Wanted, shelf: Shelf) -> None:
    """Ask on every request: a tree in memory outlives what is said of its version."""
    if shelf.blocked.holds(str(publication.extension_id), publication.content_hash):
        raise VersionBlocked
    shelf.stops.require_shown(publication, wanted.tenant_id)


def _in_tree(wanted: Wanted, publication: Publication, tree: UiTree) -> FoundAsset | None:
    """Look a path up; a place inside an application is its entry page, for a browser that navigates."""
    address = wanted.address
    if (asset := tree.assets.get(address.path)) is not None:
        return FoundAsset(asset)
    if wanted.is_navigation and address.is_page_like:
        entry = tree.assets.get(publication.entry)
        if entry is not None:
            return FoundAsset(entry, is_fallback=True)
    return None
