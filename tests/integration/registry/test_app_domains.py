"""Hosts that lead to installs, and what a runner of the predecessor is told about an install's state."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.http.client import ServiceAnswer
from annex_shared.messaging.port import Bus
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import (
    ADMIN,
    EVERYTHING,
    OTHER_TENANT,
    READ_WRITE,
    REGISTRY,
    TENANT,
    Answer,
    World,
    somebody,
)
from support.api_contract import Seen

KEY = "a-key-of-more-than-twenty-letters"
ROOT = "apps.example.com"
HOST = "notes.example.com"
RUNNER = {"x-api-key": KEY}
MEMBER = Caller("somebody", TENANT, READ_WRITE)
ELSEWHERE = Caller("somebody else", OTHER_TENANT, EVERYTHING)


@pytest.fixture
async def shop(world: World, bus: Bus) -> AsyncIterator[World]:
    """Return a registry with 1.4.0 and 1.5.0, a root for app domains and a key for runners."""
    async with world.running(bus, app_domain_root=ROOT, runner_api_key=KEY):
        await world.published(version="1.4.0")
        await world.published(version="1.5.0")
        yield world


async def asked(world: World, path: str, headers: dict[str, str] | None = None) -> Answer:
    """Ask as a runner does: without a service token."""
    async with world.session.get(world.url + path, headers=RUNNER if headers is None else headers) as answer:
        whole = ServiceAnswer(answer.status, answer.headers, await answer.read())
    REGISTRY.require(Seen("GET", path, whole.status, whole.headers, whole.body))
    return Answer.of(whole)


async def is_valid(world: World, install: Any, **changes: str) -> Any:
    question = {
        "tenant": str(TENANT),
        "extension": install["extension_id"],
        "hash": install["content_hash"],
        "ts": "1",
        **changes,
    }
    query = "&".join(f"{name}={value}" for name, value in question.items())
    answer = await asked(world, f"/api/installs/validate?{query}")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store"), answer.body
    assert set(answer.body) == {"valid"}
    return answer.body["valid"]


async def found(world: World, host: str = HOST) -> Answer:
    return await asked(world, f"/api/installs/lookup-by-host?host={host}&ts=1")


async def claimed(world: World, install: Any, *, caller: Caller | None = None, **body: Any) -> Answer:
    return await world.ask("PUT", f"/api/v1/installs/{install['install_id']}/domain", body, caller=caller)


async def changed(world: World, install: Any, **body: Any) -> None:
    answer = await world.ask("PATCH", f"/api/v1/installs/{install['install_id']}", body)
    assert answer.status == 200, answer.body


async def test_the_installed_hash_is_valid_by_id_and_by_name(shop: World) -> None:
    install = await shop.installed(version="1.4.0")

    assert await is_valid(shop, install)
    assert await is_valid(shop, install, extension="acme.invoice-notes")
    assert await is_valid(shop, install, hash=install["content_hash"].removeprefix("sha256:"))


@pytest.mark.parametrize(
    "question",
    [
        {"tenant": str(OTHER_TENANT)},
        {"tenant": "acme"},
        {"extension": str(uuid4())},
        {"extension": "acme.unknown"},
        {"extension": "%00"},
        {"hash": str(ContentHash.of(b"other"))},
        {"hash": "sha256:abc"},
        {"hash": "%27"},
    ],
    ids=["tenant", "no-tenant", "id", "name", "no-name", "hash", "no-hash", "quote"],
)
async def test_anything_but_what_is_installed_is_not_valid(shop: World, question: dict[str, str]) -> None:
    install = await shop.installed(version="1.4.0")

    assert await is_valid(shop, install, **question) is False


async def test_a_disabled_or_blocked_install_serves_nothing(shop: World) -> None:
    install = await shop.installed(version="1.4.0")
    await claimed(shop, install, host=HOST)
    answers = []

    async def look() -> None:
        answers.append((await is_valid(shop, install), (await found(shop)).status))

    await look()
    await changed(shop, install, is_enabled=False)
    await look()
    await changed(shop, install, is_enabled=True)
    await look()
    path = "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/status"
    said = await shop.ask("POST", path, {"status": "blocked", "reason": "It leaks."})
    assert said.status == 200, said.body
    await look()

    assert answers == [(True, 200), (False, 404), (True, 200), (False, 404)]


async def test_an_upgrade_changes_what_is_valid_and_found_at_once(shop: World) -> None:
    install = await shop.installed(version="1.4.0")
    await claimed(shop, install, host=HOST)

    await changed(shop, install, version="1.5.0")

    now = (await found(shop)).body["content_hash"]
    assert now != install["content_hash"]
    assert await is_valid(shop, install) is False
    assert await is_valid(shop, install, hash=now)


async def test_a_host_leads_to_the_install_it_was_given_to(shop: World) -> None:
    install = await shop.installed(version="1.4.0")
    before = await found(shop)
    answer = await claimed(shop, install, host="Notes.Example.com.")

    by_host = await found(shop, f"{HOST}:8443")

    assert (before.status, before.code) == (404, "APP_DOMAIN_NOT_FOUND")
    assert (answer.status, answer.body["app_domain"], answer.body["revision"]) == (200, HOST, 2)
    assert by_host.body == {
        "tenant_id": str(TENANT),
        "extension_id": install["extension_id"],
        "content_hash": install["content_hash"],
    }
    assert [event["data"]["change"] for event in await shop.events("installs")] == ["installed", "configured"]
    assert (await shop.ask("GET", f"/api/v1/installs/{install['install_id']}")).body["app_domain"] == HOST


async def test_an_install_gets_its_own_host_without_naming_one(shop: World) -> None:
    mine = await shop.installed(version="1.4.0")
    theirs = await shop.installed(version="1.4.0", caller=ELSEWHERE)

    answers = [
        await claimed(shop, mine, caller=MEMBER),
        await claimed(shop, theirs, caller=ELSEWHERE),
    ]
    again = await claimed(shop, mine, caller=MEMBER, host=answers[0].body["app_domain"])

    hosts = [answer.body["app_domain"] for answer in answers]
    assert all(host.startswith("invoice-notes-") and host.endswith(f".{ROOT}") for host in hosts)
    assert [(await found(shop, host)).body["tenant_id"] for host in hosts] == [str(TENANT), str(OTHER_TENANT)]
    assert again.body["revision"] == 2


@pytest.mark.parametrize(
    ("body", "caller", "status", "code"),
    [
        ({"host": HOST}, MEMBER, 403, "APP_DOMAIN_NOT_YOURS"),
        ({"host": f"login.{ROOT}"}, MEMBER, 403, "APP_DOMAIN_NOT_YOURS"),
        ({"host": HOST}, somebody(Permission.EXTENSION_READ), 403, "PERMISSION_DENIED"),
        ({"host": HOST}, ELSEWHERE, 404, "INSTALL_NOT_FOUND"),
        ({"host": "127.0.0.1"}, ADMIN, 400, "INVALID_APP_DOMAIN"),
        ({"host": HOST, "if_revision": 7}, ADMIN, 409, "INSTALL_CHANGED_MEANWHILE"),
        ({"name": HOST}, ADMIN, 400, "INVALID_REQUEST"),
    ],
)
async def test_a_refused_claim_leaves_nothing(
    shop: World, body: dict[str, Any], caller: Caller, status: int, code: str
) -> None:
    install = await shop.installed(version="1.4.0")

    answer = await claimed(shop, install, caller=caller, **body)

    assert (answer.status, answer.code) == (status, code)
    assert (await found(shop)).status == 404
    assert len(await shop.events("installs")) == 1


async def test_a_host_leads_to_one_install_also_in_a_race(shop: World) -> None:
    installs = [
        (await shop.installed(version="1.4.0"), ADMIN),
        (await shop.installed(version="1.4.0", caller=ELSEWHERE), ELSEWHERE),
    ]

    answers = await asyncio.gather(
        *(claimed(shop, install, caller=caller, host=HOST) for install, caller in installs)
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    assert {answer.code for answer in answers} == {None, "APP_DOMAIN_TAKEN"}
    assert len(await shop.events("installs")) == 3


async def test_another_host_replaces_the_first_and_frees_it(shop: World) -> None:
    mine = await shop.installed(version="1.4.0")
    theirs = await shop.installed(version="1.4.0", caller=ELSEWHERE)
    await claimed(shop, mine, host=HOST)
    await claimed(shop, mine, host="other.example.com")

    answer = await claimed(shop, theirs, caller=ELSEWHERE, host=HOST)

    assert answer.status == 200
    assert (await found(shop)).body["tenant_id"] == str(OTHER_TENANT)


async def test_a_host_that_is_given_up_or_whose_install_is_gone_is_free(shop: World) -> None:
    mine = await shop.installed(version="1.4.0")
    theirs = await shop.installed(version="1.4.0", caller=ELSEWHERE)
    path = f"/api/v1/installs/{mine['install_id']}"
    await claimed(shop, mine, host=HOST)

    given_up = await shop.ask("DELETE", f"{path}/domain")
    again = await shop.ask("DELETE", f"{path}/domain")
    nobody = await found(shop)
    await claimed(shop, mine, host=HOST)
    await shop.ask("DELETE", path)
    taken = await claimed(shop, theirs, caller=ELSEWHERE, host=HOST)

    assert (given_up.body["app_domain"], given_up.body["revision"], again.body["revision"]) == (None, 3, 3)
    assert nobody.status == 404
    assert taken.status == 200


@pytest.mark.parametrize(
    "path", ["/api/installs/validate?tenant=a&extension=b&hash=c", "/api/installs/lookup-by-host?host=a.b"]
)
async def test_who_holds_neither_key_nor_token_is_told_nothing(shop: World, path: str) -> None:
    answers = [
        await asked(shop, path, headers) for headers in ({}, {"x-api-key": "x" * 33}, {"x-api-key": ""})
    ]
    as_peer = await shop.ask("GET", path, caller=Caller("service:ui-host"), issuer="ui-host")
    stranger = await shop.ask("GET", path, caller=Caller("service:stranger"), issuer="stranger")

    codes = [answer.code for answer in (*answers, stranger)]
    assert codes == ["SERVICE_TOKEN_REFUSED", "RUNNER_KEY_REFUSED", "RUNNER_KEY_REFUSED", "PEER_REQUIRED"]
    assert as_peer.status in {200, 404}


async def test_without_a_configured_key_none_is_taken(registry: World) -> None:
    answer = await asked(registry, "/api/installs/lookup-by-host?host=a.b")

    assert (answer.status, answer.code) == (401, "RUNNER_KEY_REFUSED")


async def test_the_key_opens_no_other_route(shop: World) -> None:
    answer = await asked(shop, "/internal/v1/installs")

    assert (answer.status, answer.code) == (401, "SERVICE_TOKEN_REFUSED")


@pytest.mark.parametrize("missing", ["tenant", "extension", "hash"])
async def test_a_question_that_lacks_a_part_is_refused(shop: World, missing: str) -> None:
    parts = "&".join(f"{name}=x" for name in ("tenant", "extension", "hash") if name != missing)

    answer = await asked(shop, f"/api/installs/validate?{parts}")

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


async def test_without_a_root_only_an_administrator_names_a_host(registry: World) -> None:
    await registry.published(version="1.4.0")
    install = await registry.installed(version="1.4.0")

    answers = [
        await claimed(registry, install, caller=MEMBER),
        await claimed(registry, install, caller=MEMBER, host=HOST),
        await claimed(registry, install, host=HOST),
    ]

    assert [answer.code for answer in answers] == ["INVALID_APP_DOMAIN", "APP_DOMAIN_NOT_YOURS", None]
