"""Interfaces of the host application and of metrics, called by a guest through a real worker and broker."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.contracts.installs import InstallRecord
from annex_shared.ids import TenantId
from annex_shared.service_tokens import Caller
from integration.runner_proxy.platform import TENANT, Platform, an_install_record, bundle_of, running_platform
from support.built_guests import built_guest
from support.host_application import StubHostApplication, stub_host_application

GRANTS = [
    *("cap:ui.proxy", "cap:client.read", "cap:service.read", "cap:invoice.manual.create"),
    *("cap:user.read", "cap:metrics"),
]
CLIENT = {"clientId": "c1", "clientName": "Acme", "clientType": "company", "isInactive": False}
PAGE = {"ok": True, "items": [CLIENT], "totalCount": 1, "page": 1, "pageSize": 25}
SERVICE = {
    "serviceId": "s1",
    "serviceName": "Work",
    "itemKind": "service",
    "billingMethod": "hourly",
    "defaultRate": 10,
    "unitOfMeasure": "hour",
    "isActive": True,
}
SERVICES = {"ok": True, "items": [SERVICE], "totalCount": 1, "page": 1, "pageSize": 25}
INVOICE = {
    "clientId": "c1",
    "items": [{"serviceId": "s1", "quantity": 2, "description": "Work", "rate": 10.5}],
    "invoiceDate": "2026-11-21",
}


@dataclass(frozen=True, slots=True)
class Calling:
    """A platform with a host application beside it, and the guest that does what it is told."""

    platform: Platform
    application: StubHostApplication
    archive: bytes

    def install(self, grants: list[str]) -> InstallRecord:
        content_hash = ContentHash.of(self.archive)
        self.platform.registry.bundles[content_hash] = self.archive
        record = an_install_record(content_hash, grants=grants)
        self.platform.registry.put(record)
        return record

    async def does(self, record: InstallRecord, *calls: list[Any]) -> list[Any]:
        """Have the guest make host calls; return what each came to."""
        answer = await self.platform.execute(
            record,
            method="POST",
            path="/call",
            body=json.dumps(calls).encode(),
            timeout_ms=20_000,
            caller=Caller("user:1", TenantId(TENANT)),
        )
        assert answer.status == 200, answer.body
        guest = answer.json()
        assert guest["status"] == 200, guest
        return list(json.loads(_body_of(guest)))


@pytest.fixture(scope="module")
async def calling(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Calling]:
    folder = tmp_path_factory.mktemp("interfaces")
    async with (
        stub_host_application() as application,
        running_platform(
            folder, host_application_url=application.url, ui_proxy_base_url=application.url
        ) as platform,
    ):
        calling = Calling(platform, application, bundle_of(built_guest("js_quickjs")))
        await platform.warm_up(calling.install([]), wait_ms=30_000)
        yield calling


def _body_of(answer: dict[str, Any]) -> bytes:
    return base64.b64decode(answer["body_b64"])


async def test_a_guest_reaches_the_host_application_by_every_interface(calling: Calling) -> None:
    record = calling.install(GRANTS)
    said: list[Any] = [{"route": "yes"}, PAGE, {"ok": True, "item": None}]
    results = []
    calls: list[list[Any]] = [
        ["uiProxy", "callRoute", "api/notes?x=1", None],
        ["clients", "listClients", {"search": "ac"}],
        ["services", "getService", "s1"],
    ]
    for document, made in zip(said, calls, strict=True):
        calling.application.says(200, document)
        results += await calling.does(record, made)

    route, page, service = results
    assert [one.get("refused") for one in results] == [None, None, None]
    assert json.loads(route["value"]) == {"route": "yes"}
    assert [one["clientName"] for one in page["value"]["items"]] == ["Acme"]
    assert service == {"value": None}
    seen = calling.application.asked[-3:]
    assert (seen[0].path, seen[0].headers["x-alga-tenant"]) == ("/api/notes?x=1", record.tenant_id)
    assert seen[1].json()["input"]["search"] == "ac"


async def test_a_guest_lists_what_can_be_billed_and_makes_an_invoice(calling: Calling) -> None:
    record = calling.install(GRANTS)
    said: list[tuple[int, Any]] = [
        (200, SERVICES),
        (200, {"item": CLIENT}),
        (201, {"success": True, "invoiceId": "i1", "total": 21}),
    ]
    calls: list[list[Any]] = [
        ["services", "listServices", {"itemKind": "service"}],
        ["clients", "getClient", "c1"],
        ["invoicing", "createManualInvoice", INVOICE],
    ]
    results = []
    for (status, document), made in zip(said, calls, strict=True):
        calling.application.says(status, document)
        results += await calling.does(record, made)

    services, client, invoice = (one["value"] for one in results)
    assert [(one["serviceName"], one["itemKind"]) for one in services["items"]] == [("Work", "service")]
    assert client["clientName"] == "Acme"
    assert (invoice["success"], invoice["invoiceId"], invoice["total"]) == (True, "i1", 21)
    asked = calling.application.asked[-1].json()["input"]
    assert (asked["items"], asked["invoiceDate"]) == (INVOICE["items"], "2026-11-21")


async def test_without_grants_a_guest_reaches_nothing_of_it(calling: Calling) -> None:
    record = calling.install([])
    before = len(calling.application.asked)

    results = await calling.does(
        record,
        ["uiProxy", "callRoute", "api/notes", None],
        ["clients", "getClient", "c1"],
        ["services", "listServices", {}],
        ["metrics", "count", "notes_made", 1, []],
    )

    assert [one.get("refused") for one in results] == ["denied", "not-allowed", "not-allowed", None]
    assert len(calling.application.asked) == before


async def test_what_a_guest_counts_stands_among_the_figures_of_the_platform(calling: Calling) -> None:
    record = calling.install(GRANTS)

    await calling.does(
        record,
        ["metrics", "count", "notes_made", 2, [["kind", "plain"]]],
        ["metrics", "count", "notes_made", 3, [["kind", "plain"]]],
        ["metrics", "observe", "note_seconds", 0.5, []],
    )
    shown = await calling.platform.client.request("GET", "/metrics")

    lines = [line for line in shown.body.decode().splitlines() if record.install_id in line]
    assert [line.rpartition(" ")[2] for line in lines if "notes_made" in line] == ["5.0"]
    assert any("note_seconds" in line for line in lines)
