"""Logins of devices at the tests' own gateway: they go as a test has told beforehand."""

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from annex_shared.contracts.problems import PROBLEM_JSON

DEVICE_CODE = "annexdevice_" + "d" * 43
USER_CODE = "QKTM-7F2R"
TENANT = "11111111-1111-7111-8111-111111111111"


@dataclass(slots=True)
class DevicesOfGateway:
    """``answers`` are codes of refusals, "cut" for a lost connection, or a key; without any it is unknown."""

    answers: list[str] = field(default_factory=list)
    wishes: list[dict[str, Any]] = field(default_factory=list)
    polls: int = 0
    lifetime_seconds: int = 600
    page: str = ""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/v1/device-authorizations", self.begin),
            web.post("/api/v1/device-tokens", self.ask),
        ]

    async def begin(self, request: web.Request) -> web.Response:
        if not self.answers:
            return _refused(404, "ROUTE_NOT_FOUND", "There is nothing at this address.")
        self.wishes.append(await request.json())
        page = self.page or f"http://{request.host}/device"
        return web.json_response(
            {
                "device_code": DEVICE_CODE,
                "user_code": USER_CODE,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={USER_CODE}",
                "expires_in": self.lifetime_seconds,
                "interval": 1,
            }
        )

    async def ask(self, request: web.Request) -> web.Response:
        assert (await request.json())["device_code"] == DEVICE_CODE
        answer = self.answers[min(self.polls, len(self.answers) - 1)]
        self.polls += 1
        if answer == "cut":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if not answer.startswith("annex_"):
            return _refused(400, answer, f"Told to answer {answer}.")
        return web.json_response(
            {
                "access_token": answer,
                "token_type": "Bearer",
                "expires_in": 2_592_000,
                "tenant_id": TENANT,
                "tenant_slug": "northwind",
                "name": "rosa",
                "permissions": ["extension:publish", "extension:read"],
                "expires_at": "2026-12-21T10:00:00Z",
            }
        )


def _refused(status: int, code: str, message: str) -> web.Response:
    document = {
        "type": f"/errors/{code.lower().replace('_', '-')}",
        "title": code,
        "status": status,
        "detail": message,
        "instance": "/",
        "code": code,
        "message": message,
        "request_id": "req_01JD8Q6Z4M0T",
        "details": {"interval": 1},
    }
    return web.json_response(document, status=status, content_type=PROBLEM_JSON)
