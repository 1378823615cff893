"""Calls of the project's handlers through the development platform, with the failures that were asked for."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs
from multidict import CIMultiDict
from pydantic import JsonValue

from annex_cli.dev.hub import Hub, stamped
from annex_cli.dev.state import ROLES, USUAL_ROLE
from annex_cli.platform_client import Answer, PlatformClient
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER, PROBLEM_JSON

EXECUTION_HEADER: Final = "x-annex-execution-id"
_WARMING: Final = "VERSION_WARMING"
_WARMING_SECONDS: Final = 120.0
_AGAIN_SECONDS: Final = 0.3
_SHORT_ID: Final = 8
# What belongs to one connection, or is ours to say.
_NOT_PASSED_ON: Final = frozenset(
    {
        "connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "host", "content-length",
        "cookie", "authorization", "x-api-key", "origin", "referer", "accept-encoding", "x-annex-dev-role",
        "x-tenant-id", "expect",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came in; ``target`` is path and query of the handler's own."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    role: str = USUAL_ROLE

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(slots=True)
class Calls:
    """Makes calls as people of different roles, each with a key of its own that is made when first needed."""

    admin: PlatformClient
    hub: Hub
    last_failed: Call | None = None
    _keys: dict[str, str] = field(default_factory=dict, repr=False)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)
    _told: set[asyncio.Task[None]] = field(default_factory=set)

    async def make(self, call: Call) -> Answer:
        """Call a handler, waiting for a version that is being made ready. Raises what the client raises."""
        began = time.monotonic()
        await asyncio.sleep(self.hub.state.switches.slow_ms / 1000)
        answer = self._simulated() or await self._sent(call, began)
        duration_ms = round((time.monotonic() - began) * 1000)
        is_failure = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if is_failure:
            self.last_failed = call
        task = asyncio.create_task(self._tell(call, answer, duration_ms))
        self._told.add(task)
        task.add_done_callback(self._told.discard)
        return answer

    async def token(self, role: str) -> Answer:
        """Have a short-lived token issued for the page of the install, to somebody of a role."""
        if self.hub.state.switches.is_expired:
            return _problem(401, "SESSION_EXPIRED", "The simulator treats the session as expired.")
        path = f"/api/v1/installs/{quote(self.hub.state.install_id)}/ui-tokens"
        return await (await self._client(role)).send("POST", path)

    def _simulated(self) -> Answer | None:
        switches = self.hub.state.switches
        if switches.is_rate_limited:
            return _problem(429, "RATE_LIMITED", "The simulator refuses calls as a rate limit would.", wait=5)
        if switches.is_expired:
            return _problem(401, "SESSION_EXPIRED", "The simulator treats the session as expired.")
        return None

    async def _sent(self, call: Call, began: float) -> Answer:
        extension = self.hub.state.extension.replace("/", ".", 1)
        client = await self._client(call.role)
        headers = {name: value for name, value in call.headers.items() if name.lower() not in _NOT_PASSED_ON}
        while True:
            answer = await client.send(
                call.method, f"/api/ext/{quote(extension)}{call.target}", body=call.body, headers=headers
            )
            is_warming = code_of_answer(answer) == _WARMING
            if not is_warming or time.monotonic() - began > _WARMING_SECONDS:
                return answer
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _client(self, role: str) -> PlatformClient:
        async with self._making:
            if role not in self._keys:
                body = {"name": f"dev {role}", "kind": "user", "permissions": [*ROLES[role]]}
                # A key has at least one permission; who has none is a person of the client portal.
                if not ROLES[role]:
                    body |= {"kind": "client", "permissions": ["extension:read"]}
                answer = await self.admin.request(
                    "POST",
                    "/api/v1/api-keys",
                    body=json.dumps(body).encode(),
                    headers={hdrs.CONTENT_TYPE: "application/json"},
                )
                self._keys[role] = json.loads(answer.body)["api_key"]
        return PlatformClient(
            self.admin.session, self.admin.gateway_url, self._keys[role], None, self.admin.timeout_seconds
        )

    async def _tell(self, call: Call, answer: Answer, duration_ms: int) -> None:
        execution = answer.headers.get(EXECUTION_HEADER)
        code = code_of_answer(answer)
        host_calls = None if execution is None else await self._host_calls(execution)
        facts: dict[str, JsonValue] = {
            "method": call.method,
            "path": call.path,
            "status": answer.status,
            "duration_ms": duration_ms,
            "execution_id": execution,
            "host_calls": host_calls,
            "code": code,
            "role": call.role,
        }
        text = f"{call.method} {call.path}  {answer.status}  {duration_ms} ms"
        if execution is not None:
            text += f"  {execution[-_SHORT_ID:]}"
        if host_calls is not None:
            text += f"   {host_calls} host call{'' if host_calls == 1 else 's'}"
        if code is not None:
            text += f"   {code}"
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            text += "   press x to replay"
        self.hub.tell("call", facts, stamped("call", text))

    async def _host_calls(self, execution: str) -> int | None:
        """Ask the record, which is written before the answer leaves; what it does not say is left out."""
        answer = await self.admin.send("GET", f"/api/v1/executions/{quote(execution, safe='')}")
        try:
            usage = json.loads(answer.body).get("usage")
            return int(usage["host_calls"]) if usage else None
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


def code_of_answer(answer: Answer) -> str | None:
    """Name the platform's refusal; None for what an extension answered."""
    if PLATFORM_PROBLEM_HEADER not in answer.headers:
        return None
    try:
        code = json.loads(answer.body)["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, str) else None


def _problem(status: int, code: str, message: str, *, wait: int | None = None) -> Answer:
    document = {
        "type": f"/errors/{code.lower().replace('_', '-')}",
        "title": "Simulated",
        "status": status,
        "detail": message,
        "message": message,
        "instance": "/api",
        "code": code,
        "request_id": "simulated",
        "details": {},
    }
    headers = CIMultiDict({"content-type": PROBLEM_JSON, PLATFORM_PROBLEM_HEADER: "1"})
    if wait is not None:
        headers["retry-after"] = str(wait)
    return Answer(status, headers, json.dumps(document).encode())
