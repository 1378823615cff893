"""The mocks of @annex/extension-runtime answer what the real host answers, within its limits."""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from annex_shared.content_hash import ContentHash
from integration.runner_proxy.platform import Platform, an_install_record, bundle_of
from support.built_guests import built_guest

NODE = Path(sys.executable).with_name("node")
MOCK = Path(__file__).with_name("mock_host.mjs")
ALL = [
    *("cap:storage.kv", "cap:secrets.get", "cap:http.fetch", "cap:events.emit", "cap:scheduler.manage"),
    *("cap:ui.proxy", "cap:client.read", "cap:service.read", "cap:invoice.manual.create", "cap:metrics"),
]
CONFIG = {"greeting": "Moin", "colour": "blue"}
# Chosen anew by every host.
_OWN = {"revision", "updatedAt", "expiresAt", "nextCursor", "scheduleId", "createdAt", "id"}


def _write(key: str, value: bytes = b"v", **more: Any) -> dict[str, Any]:
    return {"key": key, "value": [*value], "condition": {"tag": "always"}, **more}


def _absent(key: str) -> dict[str, Any]:
    return _write(key, condition={"tag": "absent"})


PAGE = {"includeValues": False}
STORING: list[list[Any]] = [
    ["storageV2", "get", "notes", "a"],
    ["storageV2", "put", "notes", _absent("a")],
    ["storageV2", "put", "notes", _absent("a")],
    ["storageV2", "put", "notes", _write("b", condition={"tag": "revision", "val": 1 << 40})],
    ["storageV2", "put", "notes", _write("b/c")],
    ["storageV2", "put", "notes", _write("")],
    ["storageV2", "put", "notes", _write("k" * 257)],
    ["storageV2", "put", "", _write("k")],
    ["storageV2", "put", "n" * 129, _write("k")],
    ["storageV2", "put", "notes", _write("big", bytes(64 * 1024 + 1))],
    ["storageV2", "put", "notes", _write("m", metadata="{")],
    ["storageV2", "put", "notes", _write("m", metadata=json.dumps("x" * 4096))],
    ["storageV2", "put", "notes", _write("m", metadata='{"a":1}')],
    ["storageV2", "put", "notes", _write("t", ttlSeconds=59)],
    ["storageV2", "put", "notes", _write("t", ttlSeconds=30 * 86_400 + 1)],
    ["storageV2", "put", "notes", _write("t", ttlSeconds=60)],
    ["storageV2", "putBatch", "notes", [_write("x"), _write("x")]],
    ["storageV2", "putBatch", "notes", [_write(f"y{n}") for n in range(21)]],
    ["storageV2", "putBatch", "notes", [_write("z1"), _absent("a")]],
    ["storageV2", "putBatch", "notes", [_write("z1"), _write("ä"), _write("z2")]],
    ["storageV2", "putBatch", "notes", []],
    ["storageV2", "get", "notes", "m"],
    ["storageV2", "listItems", "notes", {**PAGE}],
    ["storageV2", "listItems", "notes", {**PAGE, "includeValues": True, "prefix": "z", "limit": 1}],
    ["storageV2", "listItems", "notes", {**PAGE, "limit": 0}],
    ["storageV2", "listItems", "notes", {**PAGE, "limit": 101}],
    ["storageV2", "listItems", "notes", {**PAGE, "cursor": "none of yours"}],
    ["storageV2", "listItems", "empty", {**PAGE}],
    ["storageV2", "delete", "notes", "none", {"tag": "always"}],
    ["storageV2", "delete", "notes", "z1", {"tag": "revision", "val": 1 << 40}],
    ["storageV2", "delete", "notes", "z1", {"tag": "always"}],
    ["storageV2", "getUsage"],
    ["storage", "get", "notes", "none"],
    ["storage", "get", "notes", "a/b"],
    ["storage", "put", {"namespace": "old", "key": "o", "value": [1], "revision": 0}],
    ["storage", "put", {"namespace": "old", "key": "o", "value": [1], "revision": 0}],
    ["storage", "put", {"namespace": "old", "key": "o", "value": [2]}],
    ["storage", "put", {"namespace": "old", "key": "p", "value": [0] * (64 * 1024 + 1)}],
    ["storage", "listEntries", "old", None],
    ["storage", "listEntries", "old", "o"],
    ["storage", "delete", "old", "none"],
    ["storage", "delete", "old", "o"],
]
OTHERS: list[list[Any]] = [
    ["config", "get", "greeting"],
    ["config", "get", "none"],
    ["config", "listKeys"],
    ["secrets", "get", "none"],
    ["secrets", "listKeys"],
    ["http", "fetch", {"method": "GET", "url": "no address", "headers": []}],
    ["http", "fetch", {"method": "GET", "url": "https://ada:x@api.example.org/", "headers": []}],
    ["http", "fetch", {"method": "GET", "url": "ftp://api.example.org/", "headers": []}],
    ["http", "fetch", {"method": "TRACE", "url": "https://api.example.org/", "headers": []}],
    ["http", "fetch", {"method": "GET", "url": "https://api.example.org/", "headers": []}],
    ["events", "emit", "Not.A.Topic", "{}"],
    ["events", "emit", "t" * 65, "{}"],
    ["events", "emit", "note.created", "{"],
    ["events", "emit", "note.created", json.dumps("x" * 64 * 1024)],
    ["user", "getUser"],
    ["userV2", "getUser"],
    ["uiProxy", "callRoute", "api/none", None],
    ["clients", "listClients", {}],
    ["clients", "listClients", {"pageSize": 101}],
    ["clients", "getClient", ""],
    ["services", "listServices", {"page": 0}],
    ["services", "getService", "s"],
    ["invoicing", "createManualInvoice", {"clientId": "", "items": [], "dueDate": "soon"}],
    ["scheduler", "getSchedule", "00000000-0000-4000-8000-0000000000ff"],
    ["scheduler", "deleteSchedule", "00000000-0000-4000-8000-0000000000ff"],
    ["scheduler", "listSchedules"],
]


@pytest.mark.parametrize(
    ("grants", "calls"),
    [
        pytest.param(ALL, STORING, id="storage"),
        pytest.param(ALL, OTHERS, id="the rest"),
        pytest.param([], [STORING[0], STORING[32], *OTHERS], id="nothing granted"),
    ],
)
async def test_a_mock_answers_as_the_host_does(
    platform: Platform, grants: list[str], calls: list[list[Any]]
) -> None:
    real = await _of_the_host(platform, grants, calls)

    mocked = await _of_a_mock(grants, calls)

    pairs = zip(calls, real, mocked, strict=True)
    assert [(call[:2], host, mock) for call, host, mock in pairs if host != mock] == []


async def _of_the_host(platform: Platform, grants: list[str], calls: list[list[Any]]) -> list[Any]:
    archive = bundle_of(built_guest("js_quickjs"))
    content_hash = ContentHash.of(archive)
    platform.registry.bundles[content_hash] = archive
    record = an_install_record(content_hash, grants=grants, config=CONFIG)
    platform.registry.put(record)
    await platform.warm_up(record, wait_ms=30_000)
    answer = await platform.execute(
        record, method="POST", path="/call", body=json.dumps(calls).encode(), timeout_ms=20_000
    )
    assert answer.status == 200, answer.body
    return [_plain(one) for one in json.loads(base64.b64decode(answer.json()["body_b64"]))]


async def _of_a_mock(grants: list[str], calls: list[list[Any]]) -> list[Any]:
    options = {"capabilities": grants, "config": CONFIG, "user": None, "egress": []}
    process = await asyncio.create_subprocess_exec(
        NODE, MOCK, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate(json.dumps({"options": options, "calls": calls}).encode())
    return [_plain(one) for one in json.loads(output)]


def _plain(value: Any) -> Any:
    """Keep of what hosts choose for themselves only whether it is there."""
    if isinstance(value, dict):
        if isinstance(value.get("fieldErrors"), str):
            value = {**value, "fieldErrors": json.loads(value["fieldErrors"])}
        return {
            name: one is not None if name in _OWN else _plain(one)
            for name, one in value.items()
            if name in _OWN or one is not None
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value
