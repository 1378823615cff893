"""Pages of what administrators stopped, with a gateway that says what is."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from aiohttp import web

from annex_shared.contracts.stops import STOPS_PATH, StopRecord, StopsView
from annex_shared.http.server import listening
from integration.ui_host.conftest import Start
from integration.ui_host.contract_registry import ContractRegistry
from integration.ui_host.raw_http import ask, ask_until

TENANT = UUID("11111111-1111-4111-8111-111111111111")
OTHER = UUID("22222222-2222-4222-8222-222222222222")
SOON = 0.02


@dataclass
class Gateway:
    """A gateway that only says what is stopped."""

    says: StopsView = field(default_factory=lambda: StopsView(are_extensions_enabled=True, is_entitled=True))
    etag: int = 1
    url: str = ""

    def say(self, **said: object) -> None:
        self.says = self.says.model_copy(update=said)
        self.etag += 1

    async def stops(self, request: web.Request) -> web.Response:
        headers = {"etag": f'"{self.etag}"'}
        if request.headers.get("if-none-match") == headers["etag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(
            text=self.says.model_dump_json(), content_type="application/json", headers=headers
        )


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.add_routes([web.get(STOPS_PATH, gateway.stops)])
    async with listening(app, host="127.0.0.1", port=0) as port:
        gateway.url = f"http://127.0.0.1:{port}"
        yield gateway


@pytest.mark.parametrize("fast_path", [False, True], ids=["ordinary way", "short way"])
async def test_what_is_stopped_is_not_shown_and_comes_back(
    fast_path: bool,  # noqa: FBT001 - a parameter of the test
    gateway: Gateway,
    registry: ContractRegistry,
    start: Start,
) -> None:
    version = registry.publish("acme/notes", {"index.html": b"<p>"})
    for tenant in (TENANT, OTHER):
        registry.install(version, tenant)
    target = f"/ext-ui/acme.notes/{version.content_hash}/index.html"
    here, elsewhere = f"{target}?tenant={TENANT}", f"{target}?tenant={OTHER}"

    async def statuses() -> list[int]:
        return [(await ask(port, address, keeps_alive=True)).status for address in (here, elsewhere, target)]

    settings = {"gateway_url": gateway.url, "stops_interval_seconds": SOON, "fast_path": fast_path}
    async with start(**settings) as port:
        await ask_until(port, here, 200)
        seen = [await statuses()]
        gateway.say(stops=[StopRecord(tenant_id=str(TENANT))])
        await ask_until(port, here, 404)
        seen.append(await statuses())
        gateway.say(stops=[StopRecord(version_id=version.version_id)])
        await ask_until(port, here, 403)
        seen.append(await statuses())
        gateway.say(stops=[], entitled={str(OTHER): False})
        await ask_until(port, elsewhere, 404)
        seen.append(await statuses())
        gateway.say(entitled={}, are_extensions_enabled=False)
        await ask_until(port, target, 403)
        gateway.say(are_extensions_enabled=True)
        await ask_until(port, target, 200)
        seen.append(await statuses())

    assert seen == [[200, 200, 200], [404, 200, 200], [403, 403, 403], [200, 404, 200], [200, 200, 200]]


async def test_tenants_wait_for_a_gateway_that_was_never_asked(
    registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", {"index.html": b"<p>"})
    registry.install(version, TENANT)
    target = f"/ext-ui/acme.notes/{version.content_hash}/index.html"
    async with start(gateway_url="http://127.0.0.1:9") as port:
        await ask_until(port, "/readyz", 200)

        named, nobody = await ask(port, f"{target}?tenant={TENANT}"), await ask(port, target)

    assert (named.status, named.headers["x-annex-problem"]) == (503, "CONTROLS_UNAVAILABLE")
    assert nobody.status == 200


async def test_gateway_that_goes_away_is_believed_for_a_while(
    gateway: Gateway, registry: ContractRegistry, start: Start
) -> None:
    version = registry.publish("acme/notes", {"index.html": b"<p>"})
    registry.install(version, TENANT)
    target = f"/ext-ui/acme.notes/{version.content_hash}/index.html?tenant={TENANT}"
    settings = {"gateway_url": gateway.url, "stops_interval_seconds": SOON, "stops_max_age_seconds": 0.5}
    async with start(**settings) as port:
        await ask_until(port, target, 200)
        gateway.say(is_entitled="nonsense")

        answer = await ask_until(port, target, 503)

    assert answer.headers["x-annex-problem"] == "CONTROLS_UNAVAILABLE"
