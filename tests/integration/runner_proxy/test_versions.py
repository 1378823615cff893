"""Getting a version ready: fetched, verified and compiled once, kept, and never trusted from elsewhere."""

import asyncio
from pathlib import Path

from annex_shared.clock import SystemClock
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.events import CloudEvent, InstallChange, InstallChanged, VersionPublished
from annex_shared.contracts.installs import InstallRecord
from annex_shared.messaging.in_process import in_process_bus
from integration.runner_proxy.platform import (
    EXTENSION,
    TENANT,
    Platform,
    an_install_record,
    bundle_of,
    running_platform,
)
from integration.runner_proxy.workers import until
from support.guests import guest_wasm
from support.version_statuses import a_status, status_event


def _modules(folder: Path) -> list[Path]:
    return sorted((folder / "cache" / "modules").glob("*/*.cwasm"))


def _changed(record: InstallRecord, change: InstallChange, *, revision: int) -> CloudEvent:
    payload = InstallChanged(
        change=change,
        tenant_id=record.tenant_id,
        install_id=record.install_id,
        extension="acme/notes",
        extension_id=record.extension_id,
        version_id=record.version_id,
        version=record.version,
        content_hash=record.content_hash,
        is_enabled=record.is_enabled,
        revision=revision,
        config_version=record.config_version,
    )
    return CloudEvent.of(payload, serial=revision, time=SystemClock().now())


def _published(content_hash: ContentHash) -> CloudEvent:
    payload = VersionPublished(
        extension="acme/notes",
        extension_id=EXTENSION,
        publisher="acme",
        name="notes",
        version_id="5f5f5f5f-5555-4555-8555-5555555555cd",
        version="1.0.0",
        content_hash=content_hash,
        size_bytes=1,
        published_at=SystemClock().now(),
        signer=None,
        has_ui=False,
        has_handler=True,
    )
    return CloudEvent.of(payload, serial=1, time=SystemClock().now())


async def test_many_first_calls_fetch_and_compile_once(tmp_path: Path) -> None:
    async with running_platform(tmp_path) as platform:
        record = platform.install("ok")

        answers = await asyncio.gather(*(platform.execute(record) for _ in range(20)))

    assert {answer.json()["status"] for answer in answers} == {200}
    assert platform.registry.bundle_requests == [record.content_hash]


async def test_restart_runs_from_the_cache(tmp_path: Path) -> None:
    async with running_platform(tmp_path) as platform:
        record = platform.install("ok")
        await platform.execute(record)

    async with running_platform(tmp_path, installs=(record,)) as restarted:
        answer = await restarted.execute(record)

    assert answer.json()["status"] == 200
    assert restarted.registry.bundle_requests == []


async def test_code_that_was_tampered_with_is_compiled_anew(tmp_path: Path) -> None:
    async with running_platform(tmp_path) as platform:
        record = platform.install("ok")
        await platform.execute(record)
    (module,) = _modules(tmp_path)
    genuine = module.read_bytes()
    module.write_bytes(genuine[:-1] + bytes([genuine[-1] ^ 1]))

    async with running_platform(tmp_path, installs=(record,)) as restarted:
        restarted.publish("ok")
        answer = await restarted.execute(record)

    assert answer.json()["status"] == 200
    assert restarted.registry.bundle_requests == [record.content_hash]
    assert module.read_bytes() == genuine


async def test_code_that_is_changed_while_running_is_not_run(tmp_path: Path) -> None:
    async with running_platform(tmp_path, worker_max_calls=1) as platform:
        record = platform.install("ok")
        await platform.execute(record)
        (module,) = _modules(tmp_path)
        other = module.with_suffix(".other")
        other.write_bytes(b"\x7fELF not ours")
        other.replace(module)

        answer = await platform.execute(record)

    assert answer.json()["status"] == 200
    assert len(platform.registry.bundle_requests) == 2


async def test_module_of_another_version_does_not_pass_for_this_one(tmp_path: Path) -> None:
    async with running_platform(tmp_path) as platform:
        trap, ok = platform.install("trap"), platform.install("ok")
        await platform.execute(trap)
        await platform.execute(ok)
    folder = _modules(tmp_path)[0].parent
    for suffix in (".cwasm", ".mac"):
        source = folder / f"{trap.content_hash.hex}{suffix}"
        (folder / f"{ok.content_hash.hex}{suffix}").write_bytes(source.read_bytes())

    async with running_platform(tmp_path, installs=(ok,)) as restarted:
        restarted.publish("ok")
        answer = await restarted.execute(ok)

    assert answer.json()["status"] == 200


async def test_version_still_being_made_ready_says_when_to_come_back(tmp_path: Path) -> None:
    async with running_platform(tmp_path, warm_wait_seconds=0.1) as platform:
        record = platform.install("ok")
        platform.registry.bundle_gate.clear()

        early = await platform.execute(record)
        platform.registry.bundle_gate.set()
        await until(lambda: _modules(tmp_path))
        later = await platform.execute(record)

    assert (early.status, early.json()["code"], early.json()["retryable"]) == (503, "VERSION_WARMING", True)
    assert int(early.headers["retry-after"]) > 0
    assert later.json()["status"] == 200


async def test_bytes_other_than_promised_are_never_run(platform: Platform) -> None:
    record = platform.install_bundle(ContentHash.of(b"another bundle"), bundle_of(guest_wasm("ok")))

    answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (502, "INTEGRITY_MISMATCH")


async def test_version_without_handler_has_nothing_to_run(platform: Platform) -> None:
    archive = bundle_of(None)
    record = platform.install_bundle(ContentHash.of(archive), archive)

    answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (502, "VERSION_WITHOUT_HANDLER")


async def test_bundle_the_registry_does_not_have_is_not_found(platform: Platform) -> None:
    record = platform.install_bundle(ContentHash.of(b"nowhere"), None)

    answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (404, "BUNDLE_NOT_FOUND")


async def test_least_recently_used_module_is_the_first_to_go(tmp_path: Path) -> None:
    async with running_platform(tmp_path) as platform:
        old, new = platform.install("trap"), platform.install("ok")
        await platform.execute(old)
        await platform.execute(new)
    sizes = sum(module.stat().st_size for module in _modules(tmp_path))

    async with running_platform(tmp_path, cache_max_bytes=sizes, installs=(new,)) as restarted:
        await restarted.execute(new)
        third = restarted.install("echo_body")
        await restarted.execute(third)

    kept = {module.stem for module in _modules(tmp_path)}
    assert kept == {new.content_hash.hex, third.content_hash.hex}


async def test_installed_versions_are_ready_before_they_are_called(tmp_path: Path) -> None:
    archive = bundle_of(guest_wasm("ok"))
    record = an_install_record(ContentHash.of(archive))
    async with running_platform(
        tmp_path, installs=(record,), prewarm=True, repair_interval_seconds=0.1
    ) as platform:
        platform.registry.bundles[record.content_hash] = archive
        await until(lambda: _modules(tmp_path), seconds=30)
        platform.registry.bundle_requests.clear()

        answer = await platform.execute(record)

    assert answer.json()["status"] == 200
    assert platform.registry.bundle_requests == []


async def test_published_version_is_compiled_on_its_event(tmp_path: Path) -> None:
    async with in_process_bus() as bus, running_platform(tmp_path, bus=bus, prewarm=True) as platform:
        content_hash = platform.publish("ok")

        await bus.publish(_published(content_hash))
        await until(lambda: _modules(tmp_path))

    assert [module.stem for module in _modules(tmp_path)] == [content_hash.hex]


async def test_changed_install_is_read_anew_on_its_event(tmp_path: Path) -> None:
    async with in_process_bus() as bus, running_platform(tmp_path, bus=bus) as platform:
        record = platform.install("reads_config", config={"greeting": "old"})
        await platform.execute(record)
        changed = record.model_copy(update={"config": {"greeting": "new"}, "revision": 2})
        platform.registry.put(changed)

        await bus.publish(_changed(changed, InstallChange.CONFIGURED, revision=2))
        answer = await platform.execute(record)

    assert answer.json()["body_b64"] == "bmV3"


async def test_uninstalled_install_runs_no_more(tmp_path: Path) -> None:
    async with in_process_bus() as bus, running_platform(tmp_path, bus=bus) as platform:
        record = platform.install("ok")
        before = await platform.execute(record)
        del platform.registry.installs[record.install_id]

        await bus.publish(_changed(record, InstallChange.UNINSTALLED, revision=2))
        after = await platform.execute(record)

    assert before.json()["status"] == 200
    assert (after.status, after.json()["code"]) == (404, "INSTALL_NOT_FOUND")


async def test_listing_of_several_pages_is_read_whole(tmp_path: Path) -> None:
    records = tuple(an_install_record(ContentHash.of(b"x"), tenant_id=str(TENANT)) for _ in range(5))
    async with running_platform(tmp_path, installs=records, repair_interval_seconds=0.1) as platform:
        url = f"{platform.client.base_url}/readyz"

        async def known() -> str:
            async with platform.client.session.get(url) as answer:
                return str((await answer.json())["checks"]["installs"]["state"])

        async with asyncio.timeout(10):
            while await known() != "5 known":  # noqa: ASYNC110 - only asking shows it
                await asyncio.sleep(0.02)


async def test_a_blocked_version_is_refused_although_it_is_compiled(tmp_path: Path) -> None:
    async with in_process_bus() as bus, running_platform(tmp_path, bus=bus) as platform:
        record = platform.install("ok")
        before = await platform.execute(record)
        blocked = a_status("blocked", serial=10, version_id=record.version_id)
        platform.registry.said = [blocked]
        await bus.publish(status_event(blocked))
        refused = await platform.execute(record)

    assert before.status == 200
    assert (refused.status, refused.json()["code"]) == (403, "VERSION_BLOCKED")


async def test_the_bundle_of_a_blocked_version_is_neither_fetched_nor_run(tmp_path: Path) -> None:
    async with running_platform(tmp_path) as platform:
        record = platform.install("ok")
        platform.registry.gone.add(record.content_hash)
        answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (403, "VERSION_BLOCKED")


async def test_a_runner_proxy_that_starts_after_a_block_does_not_run_the_version(tmp_path: Path) -> None:
    archive = bundle_of(guest_wasm("ok"))
    record = an_install_record(ContentHash.of(archive))
    blocked = a_status("blocked", serial=10, version_id=record.version_id)
    async with running_platform(tmp_path, installs=(record,), said=(blocked,)) as platform:
        platform.registry.bundles[record.content_hash] = archive
        answer = await platform.execute(record)

    assert (answer.status, answer.json()["code"]) == (403, "VERSION_BLOCKED")
