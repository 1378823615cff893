"""The example subscriber: whatever it meets, its effects are the feed, once and in order."""

import secrets
from pathlib import Path

import aio_pika
import pytest

from annex_cli.platform_client import PlatformClient
from annex_shared.contracts.feeds import FeedPage
from annex_shared.contracts.installs import ChangeInstall, InstallView
from annex_shared.messaging.topology import EXCHANGE
from support.platform.bundles import guest_archive, signed
from support.platform.eventually import eventually
from support.platform.real import RealPlatform
from support.platform.subscriber import Subscriber, subscriber
from support.platform.tenants import Tenant

# A hint that is lost costs the subscriber half a minute.
CAUGHT_UP_SECONDS = 60


async def whole_feed(client: PlatformClient, feed: str) -> list[str]:
    """Return the id of every event of the feed that the client sees."""
    ids: list[str] = []
    after = 0
    while True:
        answer = await client.request("GET", f"/api/v1/feed?feed={feed}&after={after}&limit=3")
        page = FeedPage.model_validate_json(answer.body)
        ids += [event.id for event in page.items]
        if page.next_after == after:
            return ids
        after = page.next_after


async def caught_up(follower: Subscriber, client: PlatformClient, feed: str) -> list[str]:
    """Wait until the subscriber has reached the end of the feed; return its effects."""

    async def is_at_end() -> list[str] | None:
        effects, ids = follower.effects(), await whole_feed(client, feed)
        return effects if effects and effects[-1] == ids[-1] else None

    return await eventually(is_at_end, seconds=CAUGHT_UP_SECONDS)


async def publish_some(real: RealPlatform, folder: Path, count: int) -> None:
    slug = f"p{secrets.token_hex(4)}"
    key = await real.operator.new_publisher(slug)
    for minor in range(count):
        archive = guest_archive(folder, "ok", publisher=slug, version=f"1.{minor}.0", name=slug)
        await real.operator.publish(signed(archive, key))


async def repeat_in_disorder(real: RealPlatform) -> int:
    """Send everything ever said once more, the last first, and twice; count the messages."""
    said = list(reversed(real.observer.deliveries))
    async with await aio_pika.connect(real.platform.backing.bus_url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        for delivery in said:
            for _ in range(2):
                message = aio_pika.Message(delivery.body, content_type=delivery.content_type)
                await exchange.publish(message, delivery.routing_key)
    return len(said)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "subscriber"
    folder.mkdir()
    return folder


async def test_by_long_polls_alone_every_event_takes_effect_once_across_a_kill(
    real: RealPlatform, tmp_path: Path, folder: Path
) -> None:
    client = real.operator.client
    async with subscriber(
        folder, gateway_url=real.platform.gateway_url, api_key=real.platform.admin.api_key, feed="registry"
    ) as follower:
        await publish_some(real, tmp_path, 3)
        before = await caught_up(follower, client, "registry")
        await follower.kill()
        await publish_some(real, tmp_path / "later", 2)
        await follower.start()

        effects = await caught_up(follower, client, "registry")

    assert len(effects) == len(before) + 2
    assert effects == await whole_feed(client, "registry")


async def test_with_a_broker_that_repeats_reorders_and_goes_away_every_event_takes_effect_once(
    real: RealPlatform, tmp_path: Path, folder: Path
) -> None:
    client = real.operator.client
    async with subscriber(
        folder,
        gateway_url=real.platform.gateway_url,
        api_key=real.platform.admin.api_key,
        feed="registry",
        amqp_url=real.bus_link.url,
    ) as follower:
        await publish_some(real, tmp_path, 2)
        await caught_up(follower, client, "registry")
        repeated = await repeat_in_disorder(real)
        await real.bus_link.cut()
        await publish_some(real, tmp_path / "cut", 2)
        await follower.kill()
        await follower.start()
        await real.bus_link.mend()
        await publish_some(real, tmp_path / "mended", 1)

        effects = await caught_up(follower, client, "registry")

    assert repeated > 2
    assert effects == await whole_feed(client, "registry")


async def test_a_tenants_subscriber_sees_its_own_installs_and_nothing_of_others(
    real: RealPlatform, tenant: Tenant, installed: InstallView, folder: Path
) -> None:
    neighbour = await real.operator.new_tenant()
    async with subscriber(
        folder, gateway_url=real.platform.gateway_url, api_key=tenant.client.api_key, feed="installs"
    ) as follower:
        for number in range(4):
            await tenant.client.change_install(
                installed.install_id, ChangeInstall(is_enabled=bool(number % 2))
            )
            if number == 1:
                await neighbour.install("annex-demo/hello")

        effects = await caught_up(follower, tenant.client, "installs")

    assert effects == await whole_feed(tenant.client, "installs")
    assert len(effects) == 5
