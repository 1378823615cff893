"""An extension schedules itself, and what it says is heard, given up on and replayed: on real servers."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from annex_shared.contracts.schedules import DispatchView, DispatchViews
from support.platform.bundles import SignedBundle, guest_archive, signed
from support.platform.environments import DELIVERY_ATTEMPTS
from support.platform.eventually import eventually
from support.platform.real import RealPlatform
from support.platform.tenants import Tenant

SOON = 60
MANAGES = ["cap:scheduler.manage", "cap:events.emit"]
LISTENS = ["cap:events.subscribe"]


async def ask(tenant: Tenant, method: str, path: str, document: Any = None) -> tuple[int, Any]:
    body = b"" if document is None else json.dumps(document).encode()
    answer = await tenant.client.send(method, path, body=body, headers={"content-type": "application/json"})
    return answer.status, json.loads(answer.body) if answer.body else None


async def settled(tenant: Tenant, path: str, *, count: int = 1) -> Sequence[DispatchView]:
    """Wait until so many dispatches are listed and none of them waits or runs."""

    async def ended() -> list[DispatchView] | None:
        _, document = await ask(tenant, "GET", path)
        items = DispatchViews.model_validate(document).items
        is_done = len(items) >= count and all(one.state not in {"waiting", "running"} for one in items)
        return items if is_done else None

    return await eventually(ended, seconds=SOON)


async def running(tenant: Tenant, path: str) -> None:
    """Wait until one of the listed dispatches is under way."""

    async def begun() -> bool:
        _, document = await ask(tenant, "GET", path)
        return any(one["state"] == "running" for one in document["items"])

    await eventually(begun, seconds=SOON)


async def subscribed(tenant: Tenant, install_id: str) -> None:
    """Wait until the install listens to something."""

    async def listens() -> bool:
        _, document = await ask(tenant, "GET", f"/api/v1/installs/{install_id}/subscriptions")
        return bool(document.get("items"))

    await eventually(listens, seconds=SOON)


@pytest.fixture(scope="module")
async def speaker(real: RealPlatform, tmp_path_factory: pytest.TempPathFactory) -> SignedBundle:
    slug = f"p{secrets.token_hex(4)}"
    folder = tmp_path_factory.mktemp("speaker")
    archive = guest_archive(folder, "schedules_itself", publisher=slug, capabilities=MANAGES)
    bundle = signed(archive, await real.operator.new_publisher(slug))
    await real.operator.publish(bundle)
    return bundle


async def listening(
    real: RealPlatform, tenant: Tenant, folder: Path, guest: str, speaker: SignedBundle
) -> str:
    """Publish and install an extension that subscribes to what the speaker says; return the install."""
    slug = f"p{secrets.token_hex(4)}"
    topic = f"extension.event.{speaker.segment}.ran"
    archive = guest_archive(folder, guest, publisher=slug, capabilities=LISTENS, topics=[topic])
    bundle = signed(archive, await real.operator.new_publisher(slug))
    await real.operator.publish(bundle)
    install = await tenant.install(bundle.bundle.extension, grants=LISTENS)
    await subscribed(tenant, install.install_id)
    return install.install_id


async def test_an_extension_schedules_itself_and_others_hear_what_it_says(
    real: RealPlatform, tenant: Tenant, speaker: SignedBundle, tmp_path: Path
) -> None:
    install = await tenant.install(speaker.bundle.extension, grants=MANAGES)
    hears = await listening(real, tenant, tmp_path, "ok", speaker)
    breaks = await listening(real, tenant, tmp_path, "trap", speaker)
    made = await tenant.warm_call("GET", speaker.segment, "/run")
    schedule = f"/api/v1/installs/{install.install_id}/schedules/{made.body.decode()}"

    shown = await ask(tenant, "GET", schedule)
    started = await ask(tenant, "POST", f"{schedule}/run")
    (run,) = await settled(tenant, f"{schedule}/runs")
    (heard,) = await settled(tenant, f"/api/v1/installs/{hears}/deliveries")
    (dead,) = await settled(tenant, f"/api/v1/installs/{breaks}/deliveries")
    replayed = await ask(tenant, "POST", f"/api/v1/installs/{breaks}/deliveries/{dead.id}/replay")
    (again,) = await settled(tenant, f"/api/v1/installs/{breaks}/deliveries")

    assert (made.status, shown[0], shown[1]["path"], shown[1]["cron"]) == (200, 200, "/run", "0 3 * * *")
    assert (started[0], run.id, run.state, run.status) == (202, started[1]["run_id"], "succeeded", 200)
    assert (heard.state, heard.event_id) == ("succeeded", dead.event_id)
    assert (dead.state, dead.error_code, len(dead.attempts)) == ("dead", "GUEST_TRAP", DELIVERY_ATTEMPTS)
    assert (replayed[0], again.state, len(again.attempts)) == (204, "dead", 2 * DELIVERY_ATTEMPTS)


async def test_what_the_gateway_was_killed_over_is_sent_again_and_every_attempt_recorded(
    real: RealPlatform, tenant: Tenant, tmp_path: Path
) -> None:
    slug = f"p{secrets.token_hex(4)}"
    archive = guest_archive(
        tmp_path, "counts_for_a_while", publisher=slug, capabilities=LISTENS, topics=["install.changed"]
    )
    bundle = signed(archive, await real.operator.new_publisher(slug))
    await real.operator.publish(bundle)
    listener = await real.operator.new_tenant()
    scheduled = await tenant.install(bundle.bundle.extension)
    heard = await listener.install(bundle.bundle.extension, grants=LISTENS)
    await tenant.warm_call("POST", bundle.segment, "/run")
    await subscribed(listener, heard.install_id)
    _, made = await ask(
        tenant,
        "POST",
        f"/api/v1/installs/{scheduled.install_id}/schedules",
        {"endpoint": "POST /run", "cron": "0 3 * * *"},
    )
    runs = f"/api/v1/installs/{scheduled.install_id}/schedules/{made['schedule_id']}/runs"
    deliveries = f"/api/v1/installs/{heard.install_id}/deliveries"
    await ask(listener, "PATCH", f"/api/v1/installs/{heard.install_id}", {"config": {"a": "b"}})
    await ask(tenant, "POST", f"{runs.removesuffix('/runs')}/run")
    await running(listener, deliveries)
    await running(tenant, runs)

    await real.platform.kill_and_start_again("gateway")

    (run,) = await settled(tenant, runs)
    heard_of = await settled(listener, deliveries)
    # One event at a time: of two, the other had not begun.
    repeated = [delivery for delivery in heard_of if len(delivery.attempts) > 1]
    assert [one.state for one in (run, *heard_of)] == ["succeeded"] * (1 + len(heard_of))
    assert len(repeated) == 1
    for dispatch in (run, *repeated):
        # As often as it was asked before it was up again; and then until nobody can be running it any more.
        first, *between, last = dict.fromkeys(attempt.error_code for attempt in dispatch.attempts)
        assert (first, last) == ("GATEWAY_UNAVAILABLE", None)
        assert set(between) <= {"IDEMPOTENCY_IN_PROGRESS"}


async def test_schedules_of_another_tenant_do_not_exist(
    real: RealPlatform, tenant: Tenant, speaker: SignedBundle
) -> None:
    install = await tenant.install(speaker.bundle.extension, grants=MANAGES)
    stranger = await real.operator.new_tenant()
    wanted = {"endpoint": "POST /run", "cron": "0 3 * * *"}
    path = f"/api/v1/installs/{install.install_id}/schedules"

    own, foreign = await ask(tenant, "POST", path, wanted), await ask(stranger, "POST", path, wanted)
    listed = await ask(stranger, "GET", path)

    assert own[0] == 201
    assert [(status, document["code"]) for status, document in (foreign, listed)] == [
        (404, "INSTALL_NOT_FOUND"),
        (404, "INSTALL_NOT_FOUND"),
    ]
