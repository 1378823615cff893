"""A handler for tests, in Python: answers what the path asks for."""

import json
import random
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import wit_world
from annex_guest import begin_call, reporting_errors
from componentize_py_types import Err
from wit_world.imports import config, context, logging, secrets
from wit_world.imports.types import ExecuteRequest, ExecuteResponse, HttpHeader


def _random() -> dict[str, Any]:
    drawn = [random.random() for _ in range(3)]  # noqa: S311 - what is tested
    return {"random": drawn, "uuid": str(uuid.uuid4())}


def _host() -> dict[str, Any]:
    try:
        secret: dict[str, Any] = {"value": secrets.get("api_key")}
    except Err as refused:
        secret = {"refused": refused.value.name.lower()}
    return {
        "tenant": context.get_context().tenant_id,
        "greeting": config.get("greeting"),
        "secret": secret,
    }


def _log() -> dict[str, bool]:
    sys.stdout.write("from standard output\n")
    sys.stderr.write("from standard error\n")
    logging.log_warn("from the host")
    return {"logged": True}


def _raise() -> None:
    raise RuntimeError("raised in Python")


_ANSWERS: dict[str, Callable[[], Any]] = {
    "/ok": lambda: {"ok": True},
    "/time": lambda: {"now": round(time.time() * 1000)},
    "/random": _random,
    "/host": _host,
    "/log": _log,
    "/throw": _raise,
}


class WitWorld(wit_world.WitWorld):
    """What the component exports."""

    def handler(self, request: ExecuteRequest) -> ExecuteResponse:
        begin_call()
        answer = _ANSWERS.get(request.http.url.partition("?")[0])
        if answer is None:
            return ExecuteResponse(404, [], None)
        body = json.dumps(reporting_errors(answer)).encode()
        return ExecuteResponse(200, [HttpHeader("content-type", "application/json")], body)
