"""The predecessor's runner as the place where executions run: its headers, its answers that are always 200.

It has no installs: what it is told of one is grants, config and the person, never a secret. It does not
count effects either, so an answer of it stands for one: whoever would retry must assume that it acted.
"""

import re
import time
from dataclasses import dataclass, replace
from typing import Final

import aiohttp
import structlog
from aiohttp import ClientSession, ClientTimeout, hdrs
from pydantic import JsonValue, SecretStr, ValidationError

from annex_runner_proxy.adapters.remote_runner import request_of
from annex_runner_proxy.adapters.runner_answers import (
    GRACE_SECONDS,
    KIND_OF_CODE,
    guest_answer,
    late,
    read_bounded,
    remaining_ms,
    unavailable,
)
from annex_runner_proxy.domain.errors import (
    BundleNotFound,
    DeadlineExceeded,
    EgressListUnenforceable,
    GuestTrap,
    IntegrityMismatch,
    MemoryLimitExceeded,
    RunnerError,
    StackOverflow,
    WorkerFault,
)
from annex_runner_proxy.domain.execution import Execution, GuestAnswer, Usage
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.limits import CallLimits
from annex_runner_proxy.domain.warming import WarmState
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse
from annex_shared.display_text import shown
from annex_shared.manifest.capabilities import DEFAULT_CAPABILITIES

_OK: Final = 200
_SHOWN: Final = 300
# What it grants by name; anything else it refuses the whole call for.
_KNOWN_CAPABILITIES: Final = DEFAULT_CAPABILITIES | {
    "cap:client.read",
    "cap:http.fetch",
    "cap:invoice.manual.create",
    "cap:scheduler.manage",
    "cap:secrets.get",
    "cap:service.read",
    "cap:storage.kv",
    "cap:ui.proxy",
}
# A newer runner of ours in compatibility mode says the code first; it is the better word.
_CODE: Final = re.compile(r"^([A-Z][A-Z0-9_]+): (.*)", re.DOTALL)
_ENDS: Final[tuple[tuple[str, type[RunnerError], str], ...]] = (
    ("interrupt", DeadlineExceeded, "The extension did not answer in time and was stopped."),
    ("timeout", DeadlineExceeded, "The extension did not answer in time and was stopped."),
    ("call stack exhausted", StackOverflow, "The extension recursed too deeply and was stopped."),
    ("memory limit", MemoryLimitExceeded, "The extension took more memory than this call may."),
    ("out of memory", MemoryLimitExceeded, "The extension took more memory than this call may."),
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AlgaRunner:
    """Speaks the contract's subset that the predecessor's runner understands."""

    session: ClientSession
    base_url: str
    token: SecretStr | None = None

    async def run(
        self, execution: Execution, install: Install, *, limits: CallLimits, deadline: float
    ) -> GuestAnswer:
        _require_no_list(install)
        timeout_ms = remaining_ms(deadline)
        request = _with_what_it_needs(
            request_of(execution, install, timeout_ms=timeout_ms, limits=limits), install
        )
        started = time.monotonic()
        try:
            async with self.session.post(
                f"{self.base_url}/v1/execute",
                data=request.model_dump_json(exclude_none=True).encode(),
                headers=self._headers(execution, install),
                timeout=ClientTimeout(total=timeout_ms / 1000 + GRACE_SECONDS),
                allow_redirects=False,
            ) as answer:
                body = await read_bounded(answer, limits)
        except TimeoutError as error:
            raise late(limits) from error
        except aiohttp.ClientConnectorError as error:
            raise unavailable("cannot be reached", may_have_run=False) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise unavailable("cannot be reached", may_have_run=True) from error
        wall_ms = round((time.monotonic() - started) * 1000, 3)
        return _read(answer.status, body, Usage(wall_ms=wall_ms))

    async def warm_up(self, install: Install, *, wait_seconds: float) -> WarmState:  # noqa: ARG002 - the port's
        """Say what is true: it refuses every warm-up and makes a version ready at its first call."""
        return WarmState.ON_DEMAND

    async def ping(self) -> str:
        """Ask whether it answers at all."""
        async with self.session.get(f"{self.base_url}/healthz", timeout=ClientTimeout(total=2)) as answer:
            return f"reachable, healthz {answer.status}"

    def _headers(self, execution: Execution, install: Install) -> dict[str, str]:
        headers = {
            hdrs.CONTENT_TYPE: "application/json",
            # A runner-proxy of ours in the predecessor's place needs to be asked for its form of answers.
            "x-execute-compat": "alga",
            "x-request-id": execution.request_id,
            "x-alga-tenant": str(install.tenant_id),
            "x-alga-extension": str(install.extension_id),
            "x-ext-install-id": str(install.install_id),
            "x-ext-version-id": install.version_id,
            "x-ext-config-version": str(install.config_version),
            "x-ext-secrets-version": str(install.secrets_version),
        }
        if self.token is not None:
            headers["x-runner-service-token"] = self.token.get_secret_value()
        return headers


def _require_no_list(install: Install) -> None:
    """Refuse what it cannot keep to: it knows one list of hosts for all, and guests have sockets besides."""
    if install.controlled_egress is not None:
        raise EgressListUnenforceable(
            "The hosts this tenant's extensions may reach are limited, and the runner they run on cannot "
            "keep to that. Nothing was run. Run them on a runner-proxy, or take the list away.",
            details={"effects": 0},
        )


def _with_what_it_needs(request: ExecuteRequest, install: Install) -> ExecuteRequest:
    """Name grants and config, which a runner without installs can have from nowhere else."""
    context = request.context.model_copy(update={"config": dict(install.config)})
    http = request.http.model_copy(update={"query_list": None, "headers_list": None})
    providers = sorted((install.grants | DEFAULT_CAPABILITIES) & _KNOWN_CAPABILITIES)
    return request.model_copy(update={"context": context, "http": http, "providers": providers})


def _read(status: int, body: bytes, usage: Usage) -> GuestAnswer:
    if status != _OK:
        log.error("remote_runner_refused_us", status=status)
        raise unavailable(f"answered {status}", may_have_run=status >= 500)  # noqa: PLR2004 - its own failures
    try:
        document = ExecuteResponse.model_validate_json(body)
    except ValidationError as error:
        log.warning("remote_runner_unreadable", status=status, mistakes=error.error_count())
        raise unavailable("answered what makes no sense", may_have_run=True) from None
    if document.error is not None:
        raise failure_of(document.error)
    answer = guest_answer(document, effects=1, usage=usage)
    return replace(answer, usage=replace(usage, response_bytes=len(answer.body or b"")))


def failure_of(error: str) -> RunnerError:
    """Give one of its error texts the class we would have raised; only ``execute_failed`` means it ran."""
    kind, _, rest = error.partition(":")
    text = rest.strip()
    match kind.strip():
        case "bundle_fetch_failed":
            return _bundle_failure(text)
        case "execute_failed":
            return _execution_failure(text)
        case (
            "missing_routing_headers"
            | "unknown_capabilities"
            | "engine_init_failed"
            | "secret_decrypt_failed"
        ):
            return WorkerFault(
                "The remote runner failed; the fault is ours.",
                details={"reason": shown(error, limit=_SHOWN), "effects": 0},
            )
    log.warning("remote_runner_unreadable", status=_OK, error=shown(error, limit=_SHOWN))
    return unavailable("answered what makes no sense", may_have_run=True)


def _bundle_failure(text: str) -> RunnerError:
    coded = _coded(text, effects=0)
    if coded is not None:
        return coded
    details: dict[str, JsonValue] = {"reason": shown(text, limit=_SHOWN), "effects": 0}
    if "mismatch" in text:
        return IntegrityMismatch("The bundle's bytes are not what its hash promises.", details=details)
    if "404" in text or "not found" in text.lower():
        return BundleNotFound("The remote runner finds no such bundle.", details=details)
    return unavailable("cannot fetch the bundle", may_have_run=False)


def _execution_failure(text: str) -> RunnerError:
    coded = _coded(text, effects=1)
    if coded is not None:
        return coded
    lowered = text.lower()
    for word, kind, sentence in _ENDS:
        if word in lowered:
            return kind(sentence, details={"effects": 1})
    return GuestTrap(
        "The extension stopped with an error of its own.",
        details={"trap": shown(text, limit=_SHOWN), "effects": 1},
    )


def _coded(text: str, *, effects: int) -> RunnerError | None:
    match = _CODE.match(text)
    kind = None if match is None else KIND_OF_CODE.get(match[1])
    if match is None or kind is None:
        return None
    return kind(shown(match[2], limit=_SHOWN), details={"effects": effects})
