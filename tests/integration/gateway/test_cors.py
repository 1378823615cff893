"""Cross-origin calls over real HTTP, as a browser sends them."""

import pytest

from integration.gateway.conftest import World

PAGE = "https://app.example.com"
ALLOW = "access-control-allow-origin"
PATHS = ["/api/ext/acme.notes/notes", "/api/v1/installs"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_listed_page_may_ask_and_is_told_what_it_may_send(world: World, path: str) -> None:
    world.installed()
    async with world.gateway(cors_allowed_origins=PAGE):
        preflight = await world.request(
            "OPTIONS", path, headers={"origin": PAGE, "access-control-request-method": "GET"}
        )
        answer = await world.get(path, headers={"origin": PAGE, "x-api-key": world.api_key})

    assert preflight.status == 204
    assert preflight.headers[ALLOW] == PAGE
    assert "x-api-key" in preflight.headers["access-control-allow-headers"]
    assert answer.status == 200
    assert answer.headers[ALLOW] == PAGE
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in {*preflight.headers, *answer.headers}


@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example.com", f"{PAGE}.evil"])
async def test_no_other_page_may_read_anything(world: World, origin: str) -> None:
    world.installed()
    async with world.gateway(cors_allowed_origins=PAGE):
        preflight = await world.request(
            "OPTIONS", PATHS[0], headers={"origin": origin, "access-control-request-method": "GET"}
        )
        answer = await world.get(PATHS[0], headers={"origin": origin, "x-api-key": world.api_key})

    assert preflight.status >= 400
    assert ALLOW not in preflight.headers
    assert ALLOW not in answer.headers
    # A cache must not give one origin's answer to another.
    assert answer.headers["vary"] == "Origin"


async def test_a_refusal_can_be_read_by_a_listed_page_too(world: World) -> None:
    async with world.gateway(cors_allowed_origins=PAGE):
        refused = await world.get(PATHS[0], headers={"origin": PAGE})

    assert (refused.status, refused.code) == (401, "UNAUTHENTICATED")
    assert refused.headers[ALLOW] == PAGE


async def test_without_a_list_no_origin_is_let_in(gateway: World) -> None:
    answer = await gateway.get(PATHS[0], headers={"origin": PAGE, "x-api-key": gateway.api_key})

    assert ALLOW not in answer.headers


async def test_a_listed_page_passes_where_only_own_hosts_are_answered(world: World) -> None:
    world.installed()
    async with world.gateway(cors_allowed_origins=PAGE, allowed_hosts="127.0.0.1"):
        listed = await world.get(PATHS[0], headers={"origin": PAGE, "x-api-key": world.api_key})
        foreign = await world.get(
            PATHS[0], headers={"origin": "https://evil.example", "x-api-key": world.api_key}
        )

    assert listed.status == 200
    assert (foreign.status, foreign.code) == (403, "FOREIGN_ORIGIN")
