"""ui-proxy, invoicing, clients and services against a host application over real HTTP."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from annex_runner_proxy.actions.host.host_application import (
    CLIENTS,
    INVOICES,
    SERVICES,
    HostApplicationAccess,
    host_application_functions,
)
from annex_runner_proxy.actions.host.ui_proxy import UI_PROXY, UiProxy, ui_proxy_functions
from annex_runner_proxy.adapters.host_application_http import HostApplicationHttp, to_document
from annex_runner_proxy.domain.broker import CallBroker
from annex_runner_proxy.domain.execution import User
from annex_runner_proxy.domain.host_call import CallScope
from annex_shared.http.client import client_session
from support.host_application import StubHostApplication, stub_host_application
from unit.runner_proxy.fakes import EXTENSION, INSTALL, TENANT, OpenedSecrets, a_scope

ALL = {UI_PROXY, INVOICES, CLIENTS, SERVICES}
USER = User("user-1", "ann@example.com", "Ann", "internal")
LIST = {"search": None, "include-inactive": None, "page": None, "page-size": None}
ITEM = {
    "service-id": "s1",
    "quantity": 2.0,
    "description": "Work",
    "rate": 10.5,
    "is-discount": None,
    "discount-type": None,
    "applies-to-item-id": None,
    "applies-to-service-id": None,
}
INVOICE = {
    "client-id": "c1",
    "items": [ITEM],
    "invoice-date": "2026-11-21",
    "due-date": None,
    "po-number": None,
}
SERVICE = {
    "serviceId": "s1",
    "serviceName": "Work",
    "itemKind": "service",
    "billingMethod": "hourly",
    "defaultRate": 10,
    "unitOfMeasure": "hour",
    "isActive": True,
}


@pytest.fixture(scope="module")
async def application() -> AsyncIterator[StubHostApplication]:
    async with stub_host_application() as application:
        yield application


async def call(
    application: StubHostApplication | None, function: str, *arguments: Any, scope: CallScope | None = None
) -> Any:
    async with client_session() as session:
        reached = None if application is None else HostApplicationHttp(session, application.url)
        proxy = UiProxy(reached, OpenedSecrets({INSTALL: {"api_key": "key-1"}}), auth_key="bearer-1")
        access = HostApplicationAccess(reached, to_document, "token-1")
        api = {**ui_proxy_functions(proxy), **host_application_functions(access)}
        broker = CallBroker(scope or a_scope(grants=ALL, user=USER), api, write_log=lambda *_: None)
        return await broker.answer(function, arguments)


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("/api/notes?x=1", "/api/notes?x=1"),
        ("api/notes/a%20b", "/api/notes/a%20b"),
        ("notes", f"/{EXTENSION}/notes"),
        ("/notes/", f"/{EXTENSION}/notes/"),
        ("/apinotes", f"/{EXTENSION}/apinotes"),
    ],
)
async def test_a_route_is_the_host_applications_or_the_extensions_own(
    application: StubHostApplication, route: str, path: str
) -> None:
    application.says(200, {"a": 1})

    assert await call(application, "ui-proxy.call-route", route, None) == ("ok", b'{"a": 1}')
    assert (application.asked[-1].method, application.asked[-1].path) == ("GET", path)


async def test_a_ui_proxy_call_says_whose_it_is(application: StubHostApplication) -> None:
    scope = a_scope(grants=ALL, user=USER)
    application.says(200, {})

    await call(application, "ui-proxy.call-route", "api/x", b"{}", scope=scope)

    asked = application.asked[-1]
    assert (asked.method, asked.body, scope.effects) == ("POST", b"{}", 1)
    assert {
        "x-request-id": "req_1",
        "x-alga-tenant": str(TENANT),
        "x-alga-extension": str(EXTENSION),
        "x-ext-install-id": str(INSTALL),
        "x-ext-version-id": "version-1",
        "x-api-key": "key-1",
        "x-user-id": "user-1",
        "x-user-email": "ann@example.com",
        "authorization": "Bearer bearer-1",
        "content-type": "application/json",
    }.items() <= asked.headers.items()


@pytest.mark.parametrize(
    "route",
    [
        "..",
        "../x",
        "api/../x",
        "api/./x",
        "api/%2e%2e/x",
        "api/%252e%252e/x",
        "api/%2E./x",
        "api/a%2f..%2fb",
        "api/a\\..\\b",
        "api/a%5c..",
        "//evil.example/x",
        "api//x",
        "http://evil.example/x",
        "api/x#y",
        "api/x y",
        "api/x\r\nhost: evil",
        "api/é",
        "api/%00",
        "",
        "api/" + "x" * 3_000,
    ],
)
async def test_a_route_that_could_leave_its_place_is_refused(
    application: StubHostApplication, route: str
) -> None:
    heard = len(application.asked)

    assert await call(application, "ui-proxy.call-route", route, None) == ("err", "bad-request")
    assert len(application.asked) == heard


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, "denied"),
        (403, "denied"),
        (429, "denied"),
        (404, "route-not-found"),
        (400, "bad-request"),
        (409, "bad-request"),
        (302, "internal"),
        (500, "internal"),
    ],
)
async def test_a_refusal_of_a_route_is_told_by_its_kind(
    application: StubHostApplication, status: int, error: str
) -> None:
    application.says(status, {})

    assert await call(application, "ui-proxy.call-route", "api/x", None) == ("err", error)


async def test_clients_are_listed_with_the_contracts_defaults(application: StubHostApplication) -> None:
    client = {"clientId": "c1", "clientName": "One", "isInactive": False, "unknown": 1}
    application.says(200, {"items": [client], "totalCount": 1, "page": 1, "pageSize": 25})

    result = await call(application, "clients.list-clients", {**LIST, "search": "on"})

    assert result[0] == "ok"
    assert (result[1]["total-count"], result[1]["items"][0]["client-name"]) == (1, "One")
    assert set(result[1]["items"][0]) >= {"client-type", "billing-email", "account-manager-id"}
    asked = application.asked[-1]
    assert asked.path == f"/api/internal/ext-clients/install/{INSTALL}"
    assert asked.headers["x-runner-auth"] == "token-1"
    assert asked.json() == {
        "operation": "list",
        "input": {"search": "on", "page": 1, "pageSize": 25},
        "user": {"userId": "user-1", "userType": "internal"},
    }


@pytest.mark.parametrize(
    "wrong", [{"page": 0}, {"page-size": 0}, {"page-size": 101}, {"search": "x" * 201}], ids=str
)
async def test_a_list_out_of_bounds_is_never_asked_for(
    application: StubHostApplication, wrong: dict[str, Any]
) -> None:
    heard = len(application.asked)
    kinds = {"item-kind": None, "is-active": None, "billing-method": None}

    assert await call(application, "clients.list-clients", {**LIST, **wrong}) == ("err", "invalid-input")
    assert await call(application, "services.list-services", {**LIST, **kinds, **wrong}) == (
        "err",
        "invalid-input",
    )
    assert len(application.asked) == heard


async def test_one_service_is_read_and_an_unknown_one_is_none(application: StubHostApplication) -> None:
    application.says(200, {"item": SERVICE})
    found = await call(application, "services.get-service", "s1")
    application.says(404, {"code": "NOT_FOUND"})
    missing = await call(application, "services.get-service", "s2")

    assert (found[0], found[1]["default-rate"], type(found[1]["default-rate"])) == ("ok", 10.0, float)
    assert missing == ("ok", None)


@pytest.mark.parametrize(
    ("status", "document", "error"),
    [
        (403, {}, "not-allowed"),
        (401, {"code": "UNAUTHORIZED"}, "not-allowed"),
        (400, {"error": {"code": "NOT_ALLOWED"}}, "not-allowed"),
        (400, {"error": {"code": "INVALID_INPUT"}}, "invalid-input"),
        (400, {}, "invalid-input"),
        (500, {"error": "INTERNAL_ERROR"}, "internal"),
        (200, {"items": "none"}, "internal"),
        (200, {"item": {"clientId": 7}}, "internal"),
    ],
)
async def test_a_refusal_of_the_host_application_is_told_by_its_code(
    application: StubHostApplication, status: int, document: Any, error: str
) -> None:
    application.says(status, document)

    assert await call(application, "clients.get-client", "c1") == ("err", error)


async def test_an_invoice_is_created_and_counted_as_an_effect(application: StubHostApplication) -> None:
    scope = a_scope(grants=ALL)
    application.says(201, {"success": True, "invoiceId": "i1", "total": 21})

    result = await call(application, "invoicing.create-manual-invoice", INVOICE, scope=scope)

    assert (result["success"], result["invoice-id"], result["total"], result["error"]) == (
        True,
        "i1",
        21.0,
        None,
    )
    asked = application.asked[-1]
    assert asked.json()["input"] == {
        "clientId": "c1",
        "items": [{"serviceId": "s1", "quantity": 2.0, "description": "Work", "rate": 10.5}],
        "invoiceDate": "2026-11-21",
    }
    assert asked.headers["x-idempotency-key"] == f"{scope.execution_id}:1"
    assert scope.effects == 1


async def test_a_refused_invoice_says_which_fields(application: StubHostApplication) -> None:
    application.says(400, {"error": "unknown client", "fieldErrors": {"clientId": "unknown"}})

    result = await call(application, "invoicing.create-manual-invoice", INVOICE)

    assert (result["success"], result["error"]) == (False, "http 400: unknown client")
    assert json.loads(result["field-errors"]) == {"clientId": "unknown"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client-id": ""},
        {"items": []},
        {"due-date": "21.11.2026"},
        {"items": [{**ITEM, "rate": float("nan")}]},
    ],
    ids=["client", "items", "date", "rate"],
)
async def test_an_invoice_that_cannot_be_meant_is_no_effect(
    application: StubHostApplication, wrong: dict[str, Any]
) -> None:
    scope, heard = a_scope(grants=ALL), len(application.asked)

    result = await call(application, "invoicing.create-manual-invoice", {**INVOICE, **wrong}, scope=scope)

    assert (result["success"], scope.effects, len(application.asked)) == (False, 0, heard)


@pytest.mark.parametrize("grants", [ALL, set[str]()], ids=["granted", "not-granted"])
async def test_without_a_host_application_everything_is_denied(grants: set[str]) -> None:
    scope = a_scope(grants=grants)

    assert await call(None, "clients.list-clients", LIST, scope=scope) == ("err", "not-allowed")
    assert await call(None, "services.get-service", "s1", scope=scope) == ("err", "not-allowed")
    result = await call(None, "invoicing.create-manual-invoice", INVOICE, scope=scope)
    assert (result["success"], scope.effects) == (False, 0)
    assert (await call(None, "ui-proxy.call-route", "api/x", None, scope=scope))[0] == "err"


async def test_nobody_answering_is_internal() -> None:
    gone = StubHostApplication("http://127.0.0.1:9")

    assert await call(gone, "clients.get-client", "c1") == ("err", "internal")
    assert await call(gone, "ui-proxy.call-route", "api/x", None) == ("err", "internal")
