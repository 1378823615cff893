"""Keep what installs subscribe to, and queue events for those they concern."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from annex_runner_proxy.domain.errors import DeliveryNotFound, RegistryUnavailable
from annex_runner_proxy.domain.installs import Install, InstallTable
from annex_runner_proxy.domain.kept import Dispatches, Occurrence, Subscriptions, Versions
from annex_runner_proxy.domain.topics import EVENTS_SUBSCRIBE, subscribable
from annex_shared.clock import Clock
from annex_shared.contracts.events import (
    INSTALL_CHANGED,
    VERSION_PUBLISHED,
    VERSION_STATUS,
    CloudEvent,
    InstallChanged,
    VersionPublished,
    VersionStatusChanged,
)
from annex_shared.ids import ExtensionId, InstallId, TenantId

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SubscriptionPorts:
    """What following and delivering need around them."""

    subscriptions: Subscriptions
    versions: Versions
    clock: Clock


async def follow_subscriptions(install: Install, *, ports: SubscriptionPorts) -> bool:
    """Make an install's rows those of its version. Raises RegistryUnavailable, DatabaseUnavailable.

    A disabled install, and one without the grant, subscribes to nothing.
    """
    may = install.is_enabled and install.may(EVENTS_SUBSCRIBE)
    declared = (await ports.versions.contents(install)).subscriptions if may else {}
    return await ports.subscriptions.follow(install, subscribable(declared), now=ports.clock.now())


async def follow_all_subscriptions(
    installs: Iterable[Install], *, ports: SubscriptionPorts
) -> Sequence[Install]:
    """Catch up with every install whose revision was not followed yet; return those that have to wait.

    Raises DatabaseUnavailable.
    """
    followed = await ports.subscriptions.revisions()
    waiting = []
    for install in [one for one in installs if one.revision > followed.get(one.install_id, 0)]:
        try:
            await follow_subscriptions(install, ports=ports)
        except RegistryUnavailable:
            log.warning("subscriptions_not_followed", install_id=str(install.install_id))
            waiting.append(install)
    return waiting


async def follow_changed_subscriptions(installs: InstallTable, *, ports: SubscriptionPorts) -> None:
    """Catch up with the installs that changed since the last time. Raises DatabaseUnavailable."""
    changed = installs.take_changed()
    if not changed:
        return
    waiting: Sequence[Install] = changed
    try:
        waiting = await follow_all_subscriptions(changed, ports=ports)
    finally:
        installs.put_back(waiting)


async def deliver_event(event: CloudEvent, *, ports: SubscriptionPorts) -> int:
    """Queue a platform event for the subscriptions it concerns. Raises DatabaseUnavailable.

    A version's events concern the installs of its extension, an install's events that install alone.
    """
    occurrence = _occurrence(event)
    if occurrence is None:
        return 0
    return await ports.subscriptions.deliver(occurrence, now=ports.clock.now())


def _occurrence(event: CloudEvent) -> Occurrence | None:
    body = event.to_bytes().decode()
    match event.type:
        case "version.published":
            published = event.to_payload(VersionPublished)
            extension_id = ExtensionId(UUID(published.extension_id))
            return Occurrence(VERSION_PUBLISHED, event.id, body, extension_id=extension_id)
        case "version.status":
            changed = event.to_payload(VersionStatusChanged)
            extension_id = ExtensionId(UUID(changed.extension_id))
            return Occurrence(VERSION_STATUS, event.id, body, extension_id=extension_id)
        case "install.changed":
            install = event.to_payload(InstallChanged)
            return Occurrence(
                INSTALL_CHANGED,
                event.id,
                body,
                tenant_id=TenantId(UUID(install.tenant_id)),
                install_id=InstallId(UUID(install.install_id)),
            )
        case _:
            return None


async def replay_delivery(
    delivery_id: UUID, install: Install, *, dispatches: Dispatches, clock: Clock
) -> None:
    """Give a dead delivery its whole budget again. Raises DeliveryNotFound."""
    if not await dispatches.replay(install, delivery_id, now=clock.now()):
        raise DeliveryNotFound(
            f"The install has no delivery {delivery_id} that was given up.",
            details={"delivery_id": str(delivery_id)},
        )
