"""`GET /openapi.json`: the registry shows the document that lies in docs/api."""

import json
from pathlib import Path

from annex_shared.messaging.in_process import InProcessBus
from integration.registry.world import World

ROOT = Path(__file__).resolve().parent.parent.parent.parent


async def test_the_published_document_is_shown_without_a_token(registry: World) -> None:
    async with registry.session.get(f"{registry.url}/openapi.json") as answer:
        document = await answer.json()

    assert answer.status == 200
    assert document == json.loads((ROOT / "docs" / "api" / "registry.openapi.json").read_text())


async def test_a_copy_the_caller_holds_is_not_sent_again(registry: World) -> None:
    async with registry.session.get(f"{registry.url}/openapi.json") as first:
        tag = first.headers["etag"]

    async with registry.session.get(
        f"{registry.url}/openapi.json", headers={"if-none-match": f"W/{tag}"}
    ) as again:
        body = await again.read()

    assert (again.status, body) == (304, b"")
    assert again.headers["etag"] == tag


async def test_it_is_shown_while_extensions_are_switched_off(world: World, bus: InProcessBus) -> None:
    async with (
        world.running(bus, extensions_enabled=False),
        world.session.get(f"{world.url}/openapi.json") as answer,
    ):
        assert answer.status == 200
