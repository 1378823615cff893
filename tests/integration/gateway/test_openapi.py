"""The gateway's document: what callers find, made of its own addresses and the registry's."""

import json
from pathlib import Path

import pytest

from integration.gateway.conftest import World

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.mark.parametrize("path", ["/openapi.json", "/api/openapi.json"])
async def test_callers_find_the_published_document_without_a_key(gateway: World, path: str) -> None:
    answer = await gateway.get(path, headers={})

    assert answer.status == 200
    assert answer.json() == json.loads((ROOT / "docs" / "api" / "gateway.openapi.json").read_text())


async def test_a_copy_the_caller_holds_is_not_sent_again(gateway: World) -> None:
    tag = (await gateway.get("/api/openapi.json")).headers["etag"]

    again = await gateway.get("/api/openapi.json", headers={"if-none-match": tag})

    assert (again.status, again.body) == (304, b"")
