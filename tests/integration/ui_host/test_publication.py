import asyncio
import json
from uuid import UUID, uuid4

import pytest

from annex_shared.contracts.events import InstallChange
from annex_shared.messaging.in_process import in_process_bus
from annex_shared.messaging.rabbitmq import rabbitmq_bus
from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry
from integration.ui_host.raw_http import ask, ask_until
from support.version_statuses import a_status, status_event

FILES = {"index.html": b"<p>", "app.js": b"let a"}
TENANT = UUID("11111111-1111-4111-8111-111111111111")


async def test_published_bundle_is_shown_under_both_names_of_its_extension(
    registry: ContractRegistry, port: int
) -> None:
    version = registry.publish("acme/notes", FILES)

    answers = [
        await ask(port, f"/ext-ui/{name}/{version.content_hash}/app.js")
        for name in ("acme.notes", version.extension_id)
    ]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"let a")] * 2


async def test_bundle_that_exists_but_is_not_published_is_not_shown(
    registry: ContractRegistry, port: int
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.versions.clear()

    answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js")

    assert answer.status == 404
    assert registry.asked["bundles/{content_hash}"] == 0


async def test_version_published_after_the_start_is_shown_at_once(
    registry: ContractRegistry, port: int
) -> None:
    await ask(port, "/readyz")
    version = registry.publish("acme/notes", FILES)

    answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js")

    assert answer.status == 200


async def test_hundred_requests_for_a_cold_bundle_fetch_it_once(
    registry: ContractRegistry, port: int
) -> None:
    version = registry.publish("acme/notes", FILES)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js"
    registry.bundle_gate.clear()
    waiting = [asyncio.create_task(ask(port, target)) for _ in range(100)]
    await registry.bundle_wanted.wait()
    registry.bundle_gate.set()

    answers = await asyncio.gather(*waiting)

    assert {answer.status for answer in answers} == {200}
    assert registry.asked["bundles/{content_hash}"] == 1
    assert registry.asked["versions?content_hash"] <= 1


async def test_many_guesses_of_one_hash_ask_the_registry_once(registry: ContractRegistry, port: int) -> None:
    target = f"/ext-ui/acme.notes/sha256:{'0' * 64}/app.js"

    answers = [await ask(port, target) for _ in range(20)]

    assert {answer.status for answer in answers} == {404}
    assert registry.asked["versions?content_hash"] == 1


async def test_published_event_is_followed(registry: ContractRegistry, start: Start) -> None:
    async with in_process_bus() as bus, start(bus=bus, repair_interval_seconds=3600) as port:
        await ask_until(port, "/readyz", 200)
        version = registry.publish("acme/notes", FILES)
        await bus.publish(registry.published_event(version))
        registry.asked.clear()

        answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js")

    assert answer.status == 200
    assert registry.asked["versions?content_hash"] == 0


@pytest.mark.parametrize("naming", ["query", "header"])
async def test_named_tenant_sees_what_it_has_installed_and_enabled(
    naming: str, registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", FILES)
    install = registry.install(version, TENANT)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js"

    async def status(port: int, tenant_id: UUID) -> int:
        if naming == "query":
            return (await ask(port, f"{target}?tenant={tenant_id}")).status
        return (await ask(port, target, headers=[("x-tenant-id", str(tenant_id))])).status

    async with in_process_bus() as bus, start(bus=bus, repair_interval_seconds=3600) as port:
        await ask_until(port, "/readyz", 200)
        installed = await status(port, TENANT)
        elsewhere = await status(port, uuid4())
        disabled_install = registry.install(version, TENANT, is_enabled=False)
        await bus.publish(registry.install_event(disabled_install, InstallChange.DISABLED))
        disabled = await status(port, TENANT)
        enabled_install = registry.install(version, TENANT)
        await bus.publish(registry.install_event(enabled_install, InstallChange.ENABLED))
        enabled = await status(port, TENANT)
        registry.uninstall(enabled_install)
        await bus.publish(registry.install_event(enabled_install, InstallChange.UNINSTALLED))
        uninstalled = await status(port, TENANT)
        nobody = (await ask(port, target)).status

    assert install.install_id == enabled_install.install_id
    assert [installed, elsewhere, disabled, enabled, uninstalled, nobody] == [200, 404, 404, 200, 404, 200]


async def test_tenant_sees_the_installed_version_only(registry: ContractRegistry, port: int) -> None:
    old = registry.publish("acme/notes", FILES)
    new = registry.publish("acme/notes", {**FILES, "app.js": b"let b"})
    registry.install(new, TENANT)

    statuses = [
        (await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js?tenant={TENANT}")).status
        for version in (old, new)
    ]

    assert statuses == [404, 200]


@pytest.mark.parametrize(
    "query",
    [
        "tenant=",
        "tenant=nonsense",
        f"tenant={TENANT}&tenant={UUID(int=1)}",
        f"tenant={UUID(int=1)}&tenant={TENANT}",
    ],
)
async def test_what_names_no_tenant_or_two_has_nothing_installed(
    query: str, registry: ContractRegistry, port: int
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.install(version, TENANT)

    answer = await ask(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js?{query}")

    assert answer.status == 404


async def test_every_absence_is_told_in_the_same_words(registry: ContractRegistry, port: int) -> None:
    version = registry.publish("acme/notes", FILES)
    rival = registry.publish("rival/notes", {"index.html": b"<i>"})
    base = f"/ext-ui/acme.notes/{version.content_hash}"

    answers = [
        await ask(port, target)
        for target in (
            f"{base}/missing.js",
            f"{base}/app.js?tenant={TENANT}",
            f"/ext-ui/acme.notes/{rival.content_hash}/index.html",
            f"/ext-ui/acme.notes/sha256:{'0' * 64}/app.js",
        )
    ]

    told = [json.loads(answer.body) for answer in answers]
    for document in told:
        del document["instance"], document["request_id"]
    assert told[0]["code"] == "ASSET_NOT_FOUND"
    assert told == [told[0]] * 4
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_changes_without_events_are_noticed_by_the_repair_loop(
    registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.install(version, TENANT)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js?tenant={TENANT}"
    async with start(repair_interval_seconds=0.05) as port:
        await ask_until(port, target, 200)

        registry.install(version, TENANT, is_enabled=False)

        await ask_until(port, target, 404)


async def test_events_arrive_over_rabbitmq(
    registry: ContractRegistry, start: Start, rabbitmq_url: str
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.install(version, TENANT)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js?tenant={TENANT}"
    async with (
        start(bus_url=rabbitmq_url, repair_interval_seconds=3600) as port,
        rabbitmq_bus(rabbitmq_url, app_id="registry") as bus,
    ):
        await ask_until(port, target, 200)
        disabled = registry.install(version, TENANT, is_enabled=False)

        # The follower attaches on its own time; the event is at-least-once, so repeating it is fair.
        while (await ask(port, target)).status != 404:
            await bus.publish(registry.install_event(disabled, InstallChange.DISABLED))


async def test_blocked_version_is_gone_at_once_although_it_is_in_memory(
    registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", FILES)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js"
    async with in_process_bus() as bus, start(bus) as port:
        before = await ask(port, target)
        statuses = []
        for serial, said in enumerate(("yanked", "blocked", "active"), start=10):
            registry.said = [
                a_status(
                    said,
                    serial=serial,
                    version_id=version.version_id,
                    extension_id=version.extension_id,
                    content_hash=version.content_hash,
                )
            ]
            await bus.publish(status_event(registry.said[0]))
            statuses.append((await ask(port, target)).status)

    assert before.status == 200
    assert statuses == [200, 410, 200]


async def test_a_block_no_event_told_of_is_learnt_by_repair(registry: ContractRegistry, start: Start) -> None:
    version = registry.publish("acme/notes", FILES)
    target = f"/ext-ui/acme.notes/{version.content_hash}/app.js"
    async with start(repair_interval_seconds=1) as port:
        await ask(port, target)
        registry.said = [
            a_status(
                "blocked",
                serial=10,
                version_id=version.version_id,
                extension_id=version.extension_id,
                content_hash=version.content_hash,
            )
        ]
        answer = await ask_until(port, target, status=410)

    assert json.loads(answer.body)["code"] == "VERSION_BLOCKED"


async def test_a_ui_host_that_starts_after_a_block_does_not_show_the_version(
    registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", FILES)
    registry.said = [
        a_status(
            "blocked",
            serial=10,
            version_id=version.version_id,
            extension_id=version.extension_id,
            content_hash=version.content_hash,
        )
    ]

    async with start() as port:
        answer = await ask_until(port, f"/ext-ui/acme.notes/{version.content_hash}/app.js", status=410)

    assert json.loads(answer.body)["code"] == "VERSION_BLOCKED"
