"""Find the one file an address names, if it may be shown."""

from dataclasses import dataclass, field

from annex_shared.blocked_versions import BlockedVersions
from annex_shared.ids import TenantId
from annex_shared.version_proofs import VersionProofs
from annex_ui_host.actions.find_publication import PublicationLookups, find_publication
from annex_ui_host.actions.open_tree import Trees, open_tree
from annex_ui_host.actions.require_install import InstallRefreshes, require_install
from annex_ui_host.actions.require_proof import require_proof
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import AssetNotFound, VersionBlocked
from annex_ui_host.domain.installs import Installs
from annex_ui_host.domain.ports import Bundles, Registry
from annex_ui_host.domain.publications import Publications
from annex_ui_host.domain.ui_tree import Asset


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


async def find_asset(wanted: Wanted, *, shelf: Shelf) -> FoundAsset:
    """Check in this order: published under this extension, not blocked, installed there, proven, in the tree.

    Raises AssetNotFound, VersionBlocked, what ``require_proof`` raises, and what fetching a bundle does.
    """
    address = wanted.address
    publication = await find_publication(
        address, publications=shelf.publications, lookups=shelf.lookups, registry=shelf.registry
    )
    # Asked on every request: a tree in memory outlives what is said of its version.
    if shelf.blocked.holds(str(publication.extension_id), publication.content_hash):
        raise VersionBlocked
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
    if (asset := tree.assets.get(address.path)) is not None:
        return FoundAsset(asset)
    if wanted.is_navigation and address.is_page_like:
        entry = tree.assets.get(publication.entry)
        if entry is not None:
            return FoundAsset(entry, is_fallback=True)
    raise AssetNotFound
