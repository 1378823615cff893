"""No request, however odd, gets an answer of 500 or above, or one that the document does not describe."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from annex_shared.clock import SystemClock
from annex_shared.ids import TenantId, parse_uuid
from annex_shared.permissions import Permission
from annex_shared.service_tokens import (
    SERVICE_TOKEN_HEADER,
    Caller,
    ServiceTokenIssuer,
    body_digest,
    load_service_key,
    request_digest,
)
from support.api_contract import ApiContract
from support.fuzzing import Service
from support.platform.owned import Owned, owned_things
from support.platform.real import RealPlatform

API = Path(__file__).resolve().parent.parent.parent / "docs" / "api"
FEW, MANY = 1, 100


def _document(service: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((API / f"{service}.openapi.json").read_text(encoding="utf-8"))
    return document


DOCUMENTS = {service: _document(service) for service in ("gateway", "registry")}
OPERATIONS = sorted(
    (service, f"{method.upper()} {path}")
    for service, document in DOCUMENTS.items()
    for path, methods in document["paths"].items()
    for method in methods
    if method != "parameters"
)
# Most of the gateway's document is the registry's, passed on: a few requests meet each address once.
ONCE = [
    (service, operation)
    for service, operation in OPERATIONS
    if service == "registry" or ("registry", operation) not in OPERATIONS
]


@pytest.fixture(scope="module")
async def owned(real: RealPlatform, tmp_path_factory: pytest.TempPathFactory) -> Owned:
    return await owned_things(real, tmp_path_factory.mktemp("owned"))


@pytest.fixture(scope="module")
def services(real: RealPlatform, owned: Owned) -> dict[str, Service]:
    """Both services, with a caller who may do everything in the owner's tenant."""
    platform = real.platform
    key = load_service_key(platform.keys.service_keys["gateway"].read_bytes())
    tokens = ServiceTokenIssuer("gateway", key, SystemClock())
    caller = Caller(
        "fuzzer", TenantId(parse_uuid(owned.owner.tenant_id, field="tenant_id")), frozenset(Permission)
    )

    def as_caller(_method: str, _target: str, _body: bytes) -> dict[str, str]:
        return {"x-api-key": platform.admin.api_key}

    def as_gateway(method: str, target: str, body: bytes) -> dict[str, str]:
        digest = request_digest(method, target, body_digest(body))
        return {SERVICE_TOKEN_HEADER: tokens.issue(caller, audience="registry", request=digest)}

    return {
        "gateway": Service(
            platform.gateway_url, DOCUMENTS["gateway"], ApiContract.of("gateway"), as_caller, owned.names
        ),
        "registry": Service(
            platform.registry_url, DOCUMENTS["registry"], ApiContract.of("registry"), as_gateway, owned.names
        ),
    }


@pytest.fixture(scope="module", autouse=True)
async def controls_as_before(real: RealPlatform, owned: Owned) -> AsyncIterator[None]:
    """Take back what odd requests of an administrator set for everybody."""
    yield
    client = real.operator.client
    own = "/api/v1/controls"
    of_tenant = f"/api/v1/tenants/{owned.owner.tenant_id}/controls"
    extension = f"/extensions/{owned.names['extension']}"
    for address in (f"{own}/platform", own, f"{own}{extension}", of_tenant, f"{of_tenant}{extension}"):
        answer = await client.send("GET", address)
        if answer.status == HTTPStatus.OK:
            said = {"revision": json.loads(answer.body)["revision"], "reason": "fuzzed"}
            await client.send("PUT", address, body=json.dumps(said).encode())
    switches = json.loads((await client.send("GET", "/api/v1/kill-switches")).body)["items"]
    for switch in switches:
        await client.send("DELETE", f"/api/v1/kill-switches/{switch['switch_id']}")


@pytest.mark.parametrize(("service", "operation"), ONCE)
def test_a_few_odd_requests_are_answered_as_described(
    services: dict[str, Service], service: str, operation: str
) -> None:
    services[service].probe(operation, examples=FEW)


@pytest.mark.long
@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_many_odd_requests_are_answered_as_described(
    services: dict[str, Service], service: str, operation: str
) -> None:
    services[service].probe(operation, examples=MANY)
