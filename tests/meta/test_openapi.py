"""Every route is described, every code is said, and the documents are what OpenAPI calls one."""

import importlib
import importlib.util
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator

from annex_registry.api.operations.description import REGISTRY_API
from annex_shared.errors import AnnexError
from annex_shared.http.operations import (
    Answer,
    ApiDescription,
    ApiIncomplete,
    Operation,
    described_routes,
    routes_of,
)
from annex_shared.http.problems import SHARED_PROBLEMS
from annex_shared.http.service_auth import OPEN_ROUTES

ROOT = Path(__file__).resolve().parent.parent.parent
SERVICES = ["registry", "gateway", "runner-proxy", "ui-host"]
# They end a start, so no request hears them.
AT_START = {"ISOLATION_TOO_WEAK", "CACHE_ROOT_UNSAFE"}
# The gateway shows callers none of the routes that are for services.
TO_SERVICES = {"gateway": {"CALLER_REFUSED"}}
# Every address has them, whichever it is.
EVERYWHERE = {"/livez", "/readyz", "/openapi.json"}
# A runner of the predecessor asks the registry itself, with a key that the gateway does not know.
ASKED_BY_RUNNERS = {"/api/installs/validate", "/api/installs/lookup-by-host"}


@cache
def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("openapi_script", ROOT / "scripts" / "openapi.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _document(service: str) -> dict[str, Any]:
    document: dict[str, Any] = _script().documents()[service]
    return document


def test_every_route_is_described_and_every_description_has_a_route() -> None:
    # What is missing, and what to write where, is the message of ApiIncomplete.
    described = _script().described()

    assert {service for service, routes in described.items() if routes} == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_documents_are_valid_openapi(service: str) -> None:
    faults = [error.message for error in OpenAPIV31SpecValidator(_document(service)).iter_errors()]

    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_leads_somewhere(service: str) -> None:
    document = _document(service)
    references = set(re.findall(r'"\$ref": "#/components/(\w+)/([^"]+)"', json.dumps(document)))

    astray = [name for kind, name in references if name not in document["components"][kind]]

    assert references
    assert astray == []
    assert '"$ref": "#/$defs' not in json.dumps(document)
    assert '"$defs"' not in json.dumps(document)


@pytest.mark.parametrize("service", SERVICES)
def test_the_served_document_is_the_published_one(service: str) -> None:
    package = f"services/{service}/src/annex_{service.replace('-', '_')}/api/openapi.json"

    served = json.loads((ROOT / package).read_text())

    assert served == json.loads((ROOT / "docs" / "api" / f"{service}.openapi.json").read_text())


@pytest.mark.parametrize("service", SERVICES)
def test_every_problem_code_is_said_by_an_operation(service: str) -> None:
    module = importlib.import_module(f"annex_{service.replace('-', '_')}.api.problems")
    text = json.dumps(_document(service))

    unsaid = {problem.code for problem in module.PROBLEMS.values() if f'"{problem.code}"' not in text}

    # Add the fact to the refusals of the operation that answers with it, or remove the row from the table.
    assert unsaid - AT_START - TO_SERVICES.get(service, set()) == set()


def test_every_shared_problem_code_is_said_by_the_registry() -> None:
    text = json.dumps(_document("registry"))

    assert [problem.code for problem in SHARED_PROBLEMS.values() if f'"{problem.code}"' not in text] == []


def test_the_gateway_shows_no_address_that_is_for_services_only() -> None:
    paths = _document("gateway")["paths"]

    assert [path for path in paths if path.startswith(("/internal", "/tenants/", "/v1/"))] == []
    assert "SERVICE_TOKEN_REFUSED" not in json.dumps(_document("gateway"))


def test_every_public_address_of_the_registry_is_one_of_the_gateway() -> None:
    public = {path for path in _document("registry")["paths"] if path.startswith(("/api/", "/log/"))}

    assert public - set(_document("gateway")["paths"]) == ASKED_BY_RUNNERS


def test_the_fixed_wire_contracts_are_described() -> None:
    paths = {service: set(_document(service)["paths"]) for service in SERVICES}

    assert {
        "/api/ext-bundles/upload-proxy",
        "/api/ext-bundles/finalize",
        "/api/ext-bundles/abort",
        "/api/v1/extensions/install",
        "/api/v1/extensions/update",
        "/api/v1/extensions/uninstall",
        "/api/v1/extensions/{extension}/versions",
    } <= paths["registry"] & paths["gateway"]
    assert {"/api/ext/{extension}/{path}", "/api/ext-proxy/{extension}/{path}"} <= paths["gateway"]
    assert "/tenants/{tenant_id}/extensions/{extension_id}/sha256/{hex}/bundle.tar.zst" in paths["registry"]
    assert "/v1/execute" in paths["runner-proxy"]
    assert "/ext-ui/{extension}/{content_hash}/{path}" in paths["ui-host"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_open_to_everybody(service: str) -> None:
    assert set(_document(service)["paths"]) >= EVERYWHERE
    assert EVERYWHERE <= OPEN_ROUTES


class NobodyKnowsThis(AnnexError):
    """A refusal without a row in any table."""


async def _nothing(_request: web.Request) -> web.Response:
    return web.Response()


def _api(**rows: Operation) -> ApiDescription:
    return replace(REGISTRY_API, operations={f"GET /{name}": row for name, row in rows.items()})


def _routes(*names: str) -> list[tuple[str, str]]:
    app = web.Application()
    app.add_routes([web.get(f"/{name}", _nothing) for name in names])
    return routes_of(app)


ROW = Operation(id="get_things", summary="Things", tag="versions", answers=(Answer(200, "Things."),))


def test_an_undescribed_route_is_told_what_to_write_and_where() -> None:
    with pytest.raises(ApiIncomplete) as refused:
        described_routes(_routes("things", "others"), _api(things=ROW))

    assert '"GET /others": Operation(' in refused.value.message
    assert REGISTRY_API.where in refused.value.message


def test_a_description_without_a_route_is_refused() -> None:
    with pytest.raises(ApiIncomplete) as refused:
        described_routes(_routes("things"), _api(things=ROW, gone=ROW))

    assert '"GET /gone", which is no route' in refused.value.message


def test_a_refusal_without_a_row_in_the_table_of_problems_is_refused() -> None:
    row = replace(ROW, refusals=(NobodyKnowsThis,))

    with pytest.raises(ApiIncomplete) as refused:
        described_routes(_routes("things"), _api(things=row))

    assert "NobodyKnowsThis, which has no row" in refused.value.message


def test_a_placeholder_nobody_explains_is_refused() -> None:
    api = replace(REGISTRY_API, operations={"GET /things/{what}": ROW})

    with pytest.raises(ApiIncomplete) as refused:
        described_routes(_routes("things/{what}"), api)

    assert "nobody says what {what} is" in refused.value.message
