"""Events as strangers and services see them, and what happens while RabbitMQ is out of reach."""

import json
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from annex_shared.contracts.events import InstallChanged, VersionPublished
from annex_shared.contracts.installs import ChangeInstall, InstallView
from support.platform.bundles import guest_archive, signed
from support.platform.eventually import eventually
from support.platform.observer import Delivery
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

EVENT_SECONDS = 20
# Reconnecting waits longer after each failure, at most five seconds; then the outbox is sent.
MENDED_SECONDS = 40
GRANTS = ("cap:config.read", "cap:context.read", "cap:log.emit")


async def pending_events(real: RealPlatform) -> int:
    connection = await asyncpg.connect(real.platform.backing.database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM registry.outbox_pending"))
    finally:
        await connection.close()


async def last_serials(real: RealPlatform) -> dict[str, int]:
    connection = await asyncpg.connect(real.platform.backing.database_url)
    try:
        rows = await connection.fetch("SELECT feed, serial FROM registry.feed_head WHERE serial > 0")
        return {row["feed"]: row["serial"] for row in rows}
    finally:
        await connection.close()


async def everything_is_heard(real: RealPlatform) -> dict[str, list[int]]:
    """Wait until the outbox is empty and the stranger heard each feed to its end; return what it heard."""

    async def is_heard() -> dict[str, list[int]] | None:
        last = await last_serials(real)
        heard = {feed: real.observer.serials(feed) for feed in last}
        is_complete = all(serials and serials[-1] == last[feed] for feed, serials in heard.items())
        return heard if is_complete and await pending_events(real) == 0 else None

    return await eventually(is_heard, seconds=MENDED_SECONDS)


async def greeting(real: RealPlatform, tenant: Tenant) -> str:
    answer = await tenant.warm_call("GET", real.hello.segment, "/hello?name=Ada")
    document = json.loads(answer.body)
    return str(document["message"] if answer.status == 200 else document["code"])


async def hears(real: RealPlatform, tenant: Tenant, expected: str) -> bool:
    async def is_heard() -> bool:
        return await greeting(real, tenant) == expected

    return await eventually(is_heard, seconds=EVENT_SECONDS)


async def test_a_publish_is_announced_to_strangers_as_a_cloud_event(
    real: RealPlatform, tmp_path: Path
) -> None:
    slug = f"p{secrets.token_hex(4)}"
    bundle = signed(guest_archive(tmp_path, "ok", publisher=slug), await real.operator.new_publisher(slug))
    await real.operator.publish(bundle)

    async def announced() -> Delivery | None:
        about = [
            delivery
            for delivery in real.observer.of("version.published")
            if delivery.event.data["publisher"] == slug
        ]
        return about[0] if about else None

    delivery = await eventually(announced, seconds=EVENT_SECONDS)

    assert delivery.routing_key == f"version.published.{slug}.ok"
    assert delivery.content_type == "application/cloudevents+json; charset=utf-8"
    document = json.loads(delivery.body)
    assert document["specversion"] == "1.0"
    assert document["source"] == "/feeds/registry"
    assert document["id"] == f"registry/{int(document['sequence'])}"
    assert len(document["sequence"]) == 20
    assert document["subject"] == f"{slug}/ok@1.0.0"
    assert document["datacontenttype"] == "application/json"
    payload = delivery.event.to_payload(VersionPublished)
    assert payload.content_hash == bundle.bundle.content_hash
    assert (payload.has_handler, payload.has_ui) == (True, False)


async def test_a_stranger_hears_every_change_of_an_install_in_order_and_no_feed_has_a_gap(
    real: RealPlatform, tenant: Tenant, installed: InstallView
) -> None:
    change = tenant.client.change_install
    await change(installed.install_id, ChangeInstall(config={"greeting": "Ahoy"}))
    await change(installed.install_id, ChangeInstall(is_enabled=False))
    await change(installed.install_id, ChangeInstall(is_enabled=True))
    await tenant.client.request("DELETE", f"/api/v1/installs/{installed.install_id}")

    heard = await everything_is_heard(real)

    about = [
        delivery
        for delivery in real.observer.of("install.changed")
        if delivery.event.data["install_id"] == installed.install_id
    ]
    changes = [delivery.event.to_payload(InstallChanged) for delivery in about]
    assert [str(change.change) for change in changes] == [
        "installed",
        "configured",
        "disabled",
        "enabled",
        "uninstalled",
    ]
    assert [change.revision for change in changes] == [1, 2, 3, 4, 5]
    assert {delivery.routing_key for delivery in about} == {f"install.changed.{tenant.tenant_id}"}
    assert "Ahoy" not in b"".join(delivery.body for delivery in about).decode()
    assert heard == {feed: list(range(1, serials[-1] + 1)) for feed, serials in heard.items()}
    assert set(heard) == {"registry", "installs"}


async def test_services_that_never_compare_notes_learn_of_changes_by_events(
    unrepaired: RealPlatform,
) -> None:
    real = unrepaired
    tenant = await real.operator.new_tenant()
    install = await tenant.install("annex-demo/hello", grants=GRANTS)
    address = f"{real.platform.ui_host_url}/ext-ui/{real.hello.segment}/{install.content_hash}/index.html"
    page = f"{address}?tenant={tenant.tenant_id}"
    assert await hears(real, tenant, "Hello, Ada!")

    await tenant.client.change_install(install.install_id, ChangeInstall(config={"greeting": "Ahoy"}))
    is_greeting_heard = await hears(real, tenant, "Ahoy, Ada!")
    await tenant.client.change_install(install.install_id, ChangeInstall(is_enabled=False))
    is_switch_heard = await hears(real, tenant, "INSTALL_DISABLED")

    async def page_is_gone() -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{page}?tenant={tenant.tenant_id}") as got,
        ):
            return got.status == 404

    assert is_greeting_heard
    assert is_switch_heard
    assert await eventually(page_is_gone, seconds=EVENT_SECONDS)


@pytest.fixture
async def without_bus(real: RealPlatform, installed: InstallView) -> AsyncIterator[InstallView]:
    """Keep the services from RabbitMQ for the length of a test; what was said before is out."""
    await everything_is_heard(real)
    await real.bus_link.cut()
    yield installed
    await real.bus_link.mend()
    await everything_is_heard(real)


async def test_without_the_bus_changes_still_arrive_and_afterwards_nothing_is_missing(
    real: RealPlatform, tenant: Tenant, without_bus: InstallView, tmp_path: Path
) -> None:
    newcomer = await real.operator.new_tenant()
    await newcomer.install("annex-demo/hello")
    slug = f"p{secrets.token_hex(4)}"
    bundle = signed(guest_archive(tmp_path, "ok", publisher=slug), await real.operator.new_publisher(slug))
    await real.operator.publish(bundle)
    await newcomer.install(bundle.bundle.extension)
    await tenant.client.change_install(without_bus.install_id, ChangeInstall(config={"greeting": "Ahoy"}))

    is_newcomer_answered = await hears(real, newcomer, "Hello, Ada!")
    is_change_heard = await hears(real, tenant, "Ahoy, Ada!")
    published = await newcomer.warm_call("GET", f"{slug}.ok", "/run")
    waiting = await pending_events(real)
    await real.bus_link.mend()
    heard = await everything_is_heard(real)

    assert is_newcomer_answered
    assert is_change_heard
    assert (published.status, published.body) == (200, b"ok")
    assert waiting == 4
    assert heard == {feed: list(range(1, serials[-1] + 1)) for feed, serials in heard.items()}
    assert slug in {
        str(delivery.event.data["publisher"]) for delivery in real.observer.of("version.published")
    }
