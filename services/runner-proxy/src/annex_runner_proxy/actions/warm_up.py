"""Make a version ready before it is called: within a time, and never many at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from annex_runner_proxy.actions.resolve_install import resolve_known_install
from annex_runner_proxy.domain.errors import (
    BundleNotFound,
    InstallRequired,
    Overloaded,
    VersionBlocked,
    VersionWarming,
)
from annex_runner_proxy.domain.installs import InstallTable
from annex_runner_proxy.domain.ports import InstallRecords, Modules, PublishedVersions, RemoteRunner
from annex_runner_proxy.domain.warming import Wanted, WarmState
from annex_shared.blocked_versions import BlockedVersions
from annex_shared.content_hash import ContentHash

_AT_ONCE = 32
_FORGOTTEN_SECONDS = 300.0


@dataclass(slots=True)
class Warming:
    """What was asked for and is not ready; a bound, because each costs a processor many seconds."""

    at_once: int = _AT_ONCE
    monotonic: Callable[[], float] = time.monotonic
    _since: dict[ContentHash, float] = field(default_factory=dict)

    def admit(self, content_hash: ContentHash) -> None:
        """Count a version in. Raises Overloaded."""
        now = self.monotonic()
        self._since = {one: since for one, since in self._since.items() if now - since < _FORGOTTEN_SECONDS}
        if content_hash not in self._since and len(self._since) >= self.at_once:
            raise Overloaded(
                f"{self.at_once} versions are being made ready already. Ask again later.",
                retry_after_seconds=5,
            )
        self._since.setdefault(content_hash, now)

    def done(self, content_hash: ContentHash) -> None:
        self._since.pop(content_hash, None)


@dataclass(frozen=True, slots=True)
class WarmUpPorts:
    """What a warm-up needs around it; ``remote`` is set where executions run elsewhere."""

    installs: InstallTable
    records: InstallRecords
    versions: PublishedVersions
    modules: Modules
    blocked: BlockedVersions
    max_wait_seconds: float
    remote: RemoteRunner | None = None
    warming: Warming = field(default_factory=Warming)


async def warm_up(
    wanted: Wanted, *, wait_seconds: float, ports: WarmUpPorts
) -> tuple[ContentHash, WarmState]:
    """Start making the version ready and say how far it is after the wait.

    Raises InstallRequired, InstallNotFound, VersionBlocked, BundleNotFound, Overloaded, and what making it
    ready ends with.
    """
    wait_seconds = min(wait_seconds, ports.max_wait_seconds)
    if wanted.install_id is not None:
        install = await resolve_known_install(
            wanted.install_id,
            tenant_id=wanted.tenant_id,
            extension_id=wanted.extension_id,
            installs=ports.installs,
            records=ports.records,
            blocked=ports.blocked,
        )
        if ports.remote is not None:
            return install.content_hash, await ports.remote.warm_up(install, wait_seconds=wait_seconds)
        return install.content_hash, await _made_ready(install.content_hash, wait_seconds, ports)
    return await _by_hash(wanted, wait_seconds, ports)


async def _by_hash(wanted: Wanted, wait_seconds: float, ports: WarmUpPorts) -> tuple[ContentHash, WarmState]:
    """Only bytes that were published as a version of the extension are worth a compiler's time."""
    content_hash = wanted.content_hash
    if content_hash is None:
        raise InstallRequired("Name what to make ready: install_id or content_hash.")
    if not await ports.versions.is_published(wanted.extension_id, content_hash):
        raise BundleNotFound(f"The extension has no version with bundle {content_hash.short}.")
    if ports.blocked.holds(str(wanted.extension_id), content_hash):
        raise VersionBlocked(f"The version of bundle {content_hash.short} was blocked on this platform.")
    if ports.remote is not None:
        # A runner elsewhere knows installs only through calls; it makes this one ready at its first.
        return content_hash, WarmState.ON_DEMAND
    return content_hash, await _made_ready(content_hash, wait_seconds, ports)


async def _made_ready(content_hash: ContentHash, wait_seconds: float, ports: WarmUpPorts) -> WarmState:
    ports.warming.admit(content_hash)
    try:
        await ports.modules.ready(content_hash, wait_seconds=wait_seconds)
    except VersionWarming:
        return WarmState.WARMING
    except BaseException:
        ports.warming.done(content_hash)
        raise
    ports.warming.done(content_hash)
    return WarmState.READY
