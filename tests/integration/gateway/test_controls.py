"""Controls over HTTP: whose word counts where, who may say it, and how fast every replica obeys."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from annex_shared.permissions import Permission
from integration.gateway.conftest import Answer, World

NOTES = "/api/ext/acme.notes/notes"
OWN = "/api/v1/controls"
PLATFORM = "/api/v1/controls/platform"
OF_EXTENSION = "/api/v1/controls/extensions/acme.notes"
SWITCHES = "/api/v1/kill-switches"
NOTHING_STANDS = {"revision": 0, "reason": "test"}


async def _send(world: World, method: str, path: str, body: dict[str, Any], key: str | None = None) -> Answer:
    return await world.request(
        method, path, data=json.dumps(body).encode(), headers={"x-api-key": key or world.api_key}
    )


async def _put(world: World, path: str, key: str | None = None, /, **said: Any) -> Answer:
    return await _send(world, "PUT", path, NOTHING_STANDS | said, key)


def _of(world: World) -> str:
    return f"/api/v1/tenants/{world.tenant_id}/controls"


async def test_nothing_is_said_at_first_and_the_settings_hold(gateway: World) -> None:
    shown = (await gateway.get(OF_EXTENSION)).json()

    assert (shown["revision"], shown["set_by"], shown["rates"], shown["egress_hosts"]) == (
        0,
        "tenant",
        {},
        None,
    )
    assert shown["effective"]["rates"]["tenant"] == {"per_second": 2000.0, "burst": 10000}
    assert shown["effective"]["is_entitled"] is True


async def test_a_call_obeys_what_was_set_by_the_next_request(gateway: World) -> None:
    egress = ["api.example.com"]
    limits = {"cpu_ms": 50, "timeout_ms": 1_000}
    gateway.runner.limits = [dict(gateway.runner.limits[0]), dict(gateway.runner.limits[0])]
    gateway.runner.limits[1] |= {"name": "cpu_ms", "asked_as": "cpu_ms"}
    set_platform = await _put(gateway, _of(gateway), egress_hosts=["*.example.com"], limits=limits)
    set_own = await _put(gateway, OF_EXTENSION, egress_hosts=egress, limits={"cpu_ms": 20})

    answer = await gateway.get(NOTES)

    assert [set_platform.status, set_own.status, answer.status] == [200, 200, 200]
    request = gateway.runner.requests[-1]
    assert request.egress_hosts == egress
    assert (request.limits.cpu_ms, request.limits.timeout_ms) == (20, 1_000)


async def test_a_rate_that_was_set_limits_the_next_calls(gateway: World) -> None:
    rate = {"per_second": 0.01, "burst": 2}
    await _put(gateway, OF_EXTENSION, rates={"extension": rate})

    statuses = [(await gateway.get(NOTES)).status for _ in range(5)]

    assert statuses[-1] == 429
    assert statuses.count(200) <= 3


async def test_a_change_upon_an_old_revision_is_refused_and_says_the_present_one(gateway: World) -> None:
    first = await _put(gateway, OWN, egress_hosts=["a.example.com"])
    second = await _put(gateway, OWN, egress_hosts=["b.example.com"])

    assert (first.status, second.status, second.code) == (200, 409, "CONTROLS_CHANGED_MEANWHILE")
    assert second.json()["details"] == {"revision": first.json()["revision"]}


async def test_the_history_says_who_changed_what_when_and_why(gateway: World) -> None:
    first = (await _put(gateway, OWN, egress_hosts=["a.example.com"], reason="only A")).json()
    second = (await _put(gateway, OWN, revision=first["revision"], reason="all again")).json()

    newest = (await gateway.get(f"{OWN}/history?limit=1")).json()
    oldest = (await gateway.get(f"{OWN}/history?limit=1&after={newest['next_after']}")).json()

    assert [newest["items"][0]["reason"], oldest["items"][0]["reason"]] == ["all again", "only A"]
    assert newest["items"][0] | {"revision": second["revision"]} == newest["items"][0]
    assert newest["items"][0]["before"] == oldest["items"][0]["after"] == {"egress_hosts": ["a.example.com"]}
    assert newest["items"][0]["after"] is None
    assert newest["items"][0]["key_id"] == gateway.api_key.split("_")[1]


@pytest.mark.parametrize(
    ("path", "said", "status", "code"),
    [
        (OWN, {"is_entitled": True}, 400, "INVALID_CONTROLS"),
        (OF_EXTENSION, {"rates": {"tenant": {"per_second": 1, "burst": 1}}}, 400, "INVALID_CONTROLS"),
        (OWN, {"egress_hosts": ["*"]}, 400, "INVALID_HOST_PATTERN"),
        (OWN, {"limits": {"timeout_ms": 30_001}}, 400, "INVALID_CONTROLS"),
        (OWN, {"limits": {"log_bytes": 1}}, 400, "INVALID_REQUEST"),
        (OWN, {"reason": " "}, 400, "INVALID_REQUEST"),
        (OWN, {"reason": "a\x00b"}, 400, "INVALID_REQUEST"),
        (OWN, {"rates": {"tenant": {"per_second": 2_001, "burst": 1}}}, 403, "CONTROLS_TOO_WIDE"),
        ("/api/v1/controls/extensions/acme.other", {}, 404, "EXTENSION_NOT_INSTALLED"),
        ("/api/v1/tenants/0e3f7c1a-5b0d-4c76-9a52-1d3c8f6b7e21/controls", {}, 404, "TENANT_NOT_FOUND"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
async def test_what_makes_no_sense_is_refused_by_name(
    gateway: World, path: str, said: dict[str, Any], status: int, code: str
) -> None:
    answer = await _put(gateway, path, **said)

    assert (answer.status, answer.code) == (status, code)


async def test_a_tenant_admin_never_widens(gateway: World) -> None:
    key = await gateway.key(Permission.EXTENSION_READ, Permission.EXTENSION_WRITE)
    rate = {"per_second": 5, "burst": 5}
    quota = {"scope": "tenant", "kind": "invocations", "window": "day", "limit": 100}
    said = {"rates": {"tenant": rate}, "quotas": [quota], "egress_hosts": ["api.example.com"]}
    assert (await _put(gateway, _of(gateway), **said)).status == 200
    wishes: list[dict[str, Any]] = [
        {"rates": {"tenant": rate | {"burst": 6}}},
        {"quotas": [quota | {"limit": 101}]},
        {"egress_hosts": ["*.example.com"]},
        {"egress_hosts": ["api.example.com", "other.example.org"]},
    ]

    refused = [(await _put(gateway, OWN, key, **wish)).code for wish in wishes]
    narrowed = await _put(gateway, OWN, key, rates={"tenant": rate | {"burst": 4}}, egress_hosts=[])

    assert refused == ["CONTROLS_TOO_WIDE"] * 4
    assert narrowed.status == 200
    assert narrowed.json()["effective"]["rates"]["tenant"] == {"per_second": 5.0, "burst": 4}
    assert narrowed.json()["effective"]["egress_hosts"] == []
    assert narrowed.json()["effective"]["quotas"] == [quota]


async def test_a_tenants_word_stays_within_a_platform_that_allows_less_later(gateway: World) -> None:
    await _put(
        gateway, OWN, egress_hosts=["api.example.com"], rates={"tenant": {"per_second": 9, "burst": 9}}
    )
    await _put(gateway, PLATFORM, egress_hosts=[], rates={"tenant": {"per_second": 3, "burst": 3}})

    effective = (await gateway.get(OWN)).json()["effective"]

    assert effective["egress_hosts"] == []
    assert effective["rates"]["tenant"] == {"per_second": 3.0, "burst": 3}


async def test_who_is_no_platform_admin_has_no_say_about_others(gateway: World) -> None:
    writer = await gateway.key(Permission.EXTENSION_READ, Permission.EXTENSION_WRITE)
    reader = await gateway.key(Permission.EXTENSION_READ)
    on = {"scope": "tenant", "tenant_id": gateway.tenant_id, "reason": "mine"}
    headers = {"x-api-key": writer}

    answers = [
        await _put(gateway, OWN, reader),
        await _put(gateway, PLATFORM, writer),
        await _put(gateway, _of(gateway), writer),
        await _put(gateway, f"{_of(gateway)}/extensions/acme.notes", writer),
        await _send(gateway, "POST", SWITCHES, on, writer),
        await gateway.request("DELETE", f"{SWITCHES}/{uuid4()}", headers=headers),
        *[
            await gateway.get(path, headers=headers)
            for path in (PLATFORM, _of(gateway), SWITCHES, f"{SWITCHES}/history", f"{PLATFORM}/history")
        ],
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(403, "PERMISSION_DENIED")}


async def test_one_tenant_neither_sees_nor_changes_anothers_controls(gateway: World) -> None:
    record = next(iter(gateway.registry.installs.values()))
    await _put(gateway, OWN, egress_hosts=["secret.example.com"], reason="a secret")
    await _put(gateway, OF_EXTENSION, egress_hosts=["secret.example.com"], reason="a secret")
    key = await gateway.key(slug="other")
    headers = {"x-api-key": key}

    own = await gateway.get(OWN, headers=headers)
    history = await gateway.get(f"{OWN}/history", headers=headers)
    of_extension = [
        (await gateway.get(f"{OWN}/extensions/{name}{more}", headers=headers)).code
        for name in ("acme.notes", record.install_id, record.extension_id)
        for more in ("", "/history")
    ]
    changed = await _put(gateway, f"{OWN}/extensions/{record.extension_id}", key, egress_hosts=[])

    assert (own.json()["egress_hosts"], history.json()["items"]) == (None, [])
    assert of_extension == ["EXTENSION_NOT_INSTALLED"] * 6
    assert changed.code == "EXTENSION_NOT_INSTALLED"
    assert (await gateway.get(OF_EXTENSION)).json()["egress_hosts"] == ["secret.example.com"]


async def test_a_tenant_that_is_not_entitled_runs_nothing(gateway: World) -> None:
    off = await _put(gateway, _of(gateway), is_entitled=False)
    while_off = await gateway.get(NOTES)
    await _put(gateway, _of(gateway), revision=off.json()["revision"], is_entitled=True)
    after = await gateway.get(NOTES)

    assert (while_off.status, while_off.code, after.status) == (403, "TENANT_NOT_ENTITLED", 200)


async def test_extensions_can_be_entitled_tenant_by_tenant(gateway: World) -> None:
    await _put(gateway, PLATFORM, is_entitled=False)
    by_default = await gateway.get(NOTES)
    await _put(gateway, _of(gateway), is_entitled=True)
    entitled = await gateway.get(NOTES)

    assert (by_default.code, entitled.status) == ("TENANT_NOT_ENTITLED", 200)


@pytest.mark.parametrize(
    "scope", ["tenant", "extension", "version", "extension in tenant", "version in tenant"]
)
async def test_a_kill_switch_stops_what_it_names_and_gives_its_reason(gateway: World, scope: str) -> None:
    record = next(iter(gateway.registry.installs.values()))
    word = scope.split(" ", maxsplit=1)[0]
    body = {"scope": word, "reason": "It leaks.", f"{word}_id": getattr(record, f"{word}_id")}
    if scope.endswith("in tenant"):
        body["tenant_id"] = gateway.tenant_id

    switch = await _send(gateway, "POST", SWITCHES, body)
    stopped = await gateway.get(NOTES)
    listed = (await gateway.get(SWITCHES)).json()["items"]
    off = await gateway.request("DELETE", f"{SWITCHES}/{switch.json()['switch_id']}?reason=fixed")
    again = await gateway.get(NOTES)
    twice = await gateway.request("DELETE", f"{SWITCHES}/{switch.json()['switch_id']}")

    assert (stopped.status, stopped.code) == (403, "KILL_SWITCH_ON")
    assert stopped.json()["details"] == {"scope": word, "reason": "It leaks."}
    assert listed == [switch.json()]
    unreadable = await gateway.request("DELETE", f"{SWITCHES}/{switch.json()['switch_id']}?reason=a%00b")
    assert unreadable.code == "INVALID_REQUEST"
    assert [off.status, again.status, twice.code] == [204, 200, "KILL_SWITCH_NOT_FOUND"]
    history = (await gateway.get(f"{SWITCHES}/history")).json()["items"]
    assert [change["reason"] for change in history] == ["fixed", "It leaks."]


async def test_a_switch_in_another_tenant_stops_nothing_here(gateway: World) -> None:
    record = next(iter(gateway.registry.installs.values()))
    other = str(uuid4())
    await _send(gateway, "POST", "/api/v1/tenants", {"slug": "north", "name": "North", "tenant_id": other})
    body = {"scope": "extension", "extension_id": record.extension_id, "tenant_id": other, "reason": "there"}

    switch = await _send(gateway, "POST", SWITCHES, body)

    assert switch.status == 200
    assert (await gateway.get(NOTES)).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {"scope": "tenant"},
        {"scope": "extension", "version_id": str(uuid4())},
        {"scope": "version", "version_id": str(uuid4()), "extension_id": str(uuid4())},
    ],
    ids=["no id", "another id", "an id too many"],
)
async def test_a_switch_names_exactly_what_it_stops(gateway: World, body: dict[str, Any]) -> None:
    answer = await _send(gateway, "POST", SWITCHES, body | {"reason": "x"})

    assert (answer.status, answer.code) == (400, "INVALID_CONTROLS")


async def test_every_replica_obeys_a_switch_while_calls_run(world: World) -> None:
    record = world.installed()
    async with world.gateway(), another_gateway(world) as other, _load(other) as statuses:
        await other.until(NOTES, 200)
        body = {"scope": "version", "version_id": record.version_id, "reason": "now"}
        switch = await _send(world, "POST", SWITCHES, body)
        stopped = await other.until(NOTES, 403)
        seen_until_off = len(statuses)
        while_on = (await _more(statuses, 40))[seen_until_off:]
        await world.request("DELETE", f"{SWITCHES}/{switch.json()['switch_id']}")
        again = await other.until(NOTES, 200)

    assert (stopped.code, again.status) == ("KILL_SWITCH_ON", 200)
    # Calls that had passed the switch may still be under way: one for each caller.
    assert while_on.count(200) <= 4
    assert set(while_on) - {200} == {403}
    assert set(statuses) == {200, 403}


async def test_what_was_set_before_the_start_holds_from_the_first_call(world: World) -> None:
    world.installed()
    async with world.gateway():
        await world.until(NOTES, 200)
        await _put(world, _of(world), is_entitled=False)
    async with world.gateway():
        await world.until_projected()
        first = await world.get(NOTES)

    assert first.code == "TENANT_NOT_ENTITLED"


async def test_without_the_database_the_last_word_holds_for_its_time(
    world: World, databases_of_gateway: str
) -> None:
    world.installed()
    async with world.gateway(api_key_cache_seconds=60, controls_max_age_seconds=3, controls_poll_seconds=0.1):
        await world.until(NOTES, 200)
        async with without_the_application_role(databases_of_gateway):
            soon = await world.get(NOTES)
            unwritten = await _put(world, OWN)
            too_old = await _until_code(world, "CONTROLS_UNAVAILABLE")
            ready = (await world.get("/readyz")).json()
        again = await world.until(NOTES, 200)

    # Controls would let it through; what cannot be recorded is refused by a later step.
    assert soon.code in ("EXECUTION_LOG_UNAVAILABLE", "EXECUTION_NOT_RECORDED")
    assert unwritten.code == "CONTROLS_UNAVAILABLE"
    assert too_old.status == 503
    assert ready["checks"]["controls"] == {"ok": False, "state": "ControlsUnavailable"}
    assert again.status == 200


async def _until_code(world: World, code: str) -> Answer:
    async with asyncio.timeout(20):
        while (answer := await world.get(NOTES)).code != code:  # noqa: ASYNC110 - its state
            await asyncio.sleep(0.1)
        return answer


@asynccontextmanager
async def another_gateway(world: World) -> AsyncIterator[World]:
    """Run a second replica over the same database; the first keeps its address."""
    first = world.gateway_url
    other = World(**{name: getattr(world, name) for name in World.__dataclass_fields__})
    async with other.gateway():
        world.gateway_url = first
        yield other


@asynccontextmanager
async def _load(world: World) -> AsyncIterator[list[int]]:
    """Keep four callers calling; yields the statuses they get, in order."""
    statuses: list[int] = []

    async def call() -> None:
        while True:
            statuses.append((await world.get(NOTES)).status)

    await world.until(NOTES, 200)
    tasks = [asyncio.create_task(call()) for _ in range(4)]
    try:
        yield statuses
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _more(statuses: list[int], count: int) -> list[int]:
    """Wait for so many more answers."""
    wanted = len(statuses) + count
    async with asyncio.timeout(15):
        while len(statuses) < wanted:  # noqa: ASYNC110 - a list does not signal
            await asyncio.sleep(0.01)
    return list(statuses)


@asynccontextmanager
async def without_the_application_role(database_url: str) -> AsyncIterator[None]:
    """Take the database away from the gateway: nobody connects to it, and whoever was connected is gone."""
    name = database_url.rsplit("/", 1)[1]
    connection = await asyncpg.connect(database_url.rsplit("/", 1)[0] + "/postgres")
    try:
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        yield
    finally:
        await connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await connection.close()
