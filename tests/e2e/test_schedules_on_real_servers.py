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
    path = f"/api/v1/installs/{install.install_id}/subscriptions"

    async def subscribed() -> bool:
        _, document = await ask(tenant, "GET", path)
        return bool([one["topic"] for one in document.get("items", ())] == [topic])

    await eventually(subscribed, seconds=SOON)
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
