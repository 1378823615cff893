"""The runner-proxy as the gateway calls it: one execute request, one bounded wait, one bounded answer."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import structlog
from pydantic import ValidationError
from pydantic_core import to_json

from annex_gateway.adapters.execute_posts import AnswerOverLimit, ExecutePost, PostAnswer
from annex_gateway.adapters.registry_client import OpenAnswer
from annex_gateway.domain.debug import Watched
from annex_gateway.domain.errors import DeadlineExceeded, RunnerUnavailable
from annex_gateway.domain.guest_answers import too_large
from annex_gateway.domain.ports import Forwarding, RunnerRefusal
from annex_shared.contracts.debug_lines import DebugLines
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse, ExecuteUsage
from annex_shared.contracts.limits import LimitViews
from annex_shared.http.client import (
    RemoteRefused,
    RemoteUnavailable,
    ServiceAnswer,
    ServiceClient,
    refusal,
)
from annex_shared.service_tokens import Caller

_LIMITS = "/.well-known/limits.json"
_LIMITS_SECONDS = 2.0
_DEBUG_LINES = "/internal/v1/debug-lines"
_DEBUG_SECONDS = 2
_FIRST_REFUSAL = 400
# What an answer holds besides its body: headers, usage, the JSON around them.
_ROOM_FOR_REST = 256 * 1024

log = structlog.get_logger()


class RunnerClient:
    """Speaks the execute contract."""

    def __init__(self, client: ServiceClient, post: ExecutePost) -> None:
        self._client = client
        self._post = post

    async def execute(
        self,
        request: ExecuteRequest,
        *,
        caller: Caller,
        headers: Mapping[str, str],
        request_id: str,
        wait_seconds: float,
        max_answer_bytes: int,
    ) -> ExecuteResponse | RunnerRefusal:
        try:
            answer = await self._post.send(
                # Bytes at once: a body is large, and each form of it is another copy.
                to_json(request, exclude_none=True),
                caller=caller,
                headers=headers,
                request_id=request_id,
                wait_seconds=wait_seconds,
                # A body of ``max_answer_bytes`` before base64 made it a third longer.
                most_bytes=max_answer_bytes * 4 // 3 + _ROOM_FOR_REST,
            )
        except AnswerOverLimit:
            raise too_large(max_answer_bytes) from None
        except RemoteUnavailable as error:
            raise _told(error) from error
        return _understood(answer)

    async def limits(self) -> LimitViews:
        """Read how much a call may use. Raises RunnerUnavailable."""
        try:
            answer = await self._client.request("GET", _LIMITS, timeout_seconds=_LIMITS_SECONDS)
            if answer.status < _FIRST_REFUSAL:
                return LimitViews.model_validate_json(answer.body)
        except (RemoteUnavailable, ValidationError) as error:
            raise _no_limits() from error
        raise _no_limits()

    async def debug_lines(self, watched: Watched, *, after: int | None, limit: int) -> DebugLines:
        """Read what one runner-proxy still has in memory. Raises RunnerUnavailable."""
        query = {
            "tenant_id": str(watched.tenant_id),
            "extension_id": str(watched.extension_id),
            "install_id": watched.wanted.install,
            "request_id": watched.wanted.request,
            "after": after,
            "limit": limit,
        }
        given = {name: value for name, value in query.items() if value is not None}
        try:
            answer = await self._client.request(
                "GET",
                f"{_DEBUG_LINES}?{urlencode(given)}",
                caller=watched.caller,
                timeout_seconds=_DEBUG_SECONDS,
            )
        except RemoteUnavailable as error:
            raise _unavailable(is_sent=False) from error
        if answer.status >= _FIRST_REFUSAL:
            raise _unavailable(is_sent=False)
        try:
            return DebugLines.model_validate_json(answer.body)
        except ValidationError:
            raise _unavailable(is_sent=False) from None

    async def ping(self) -> str:
        answer = await self._client.request("GET", "/livez", timeout_seconds=2)
        if answer.status >= _FIRST_REFUSAL:
            raise _unavailable(is_sent=False)
        return "reachable"


class RunnerPassage:
    """Passes requests on to the runner-proxy's own records: schedules, runs, deliveries."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    @asynccontextmanager
    async def open(self, forwarding: Forwarding) -> AsyncIterator[OpenAnswer]:
        try:
            async with self._client.stream(
                forwarding.method,
                forwarding.target,
                caller=forwarding.caller,
                body=forwarding.body,
                headers=forwarding.headers,
                request_id=forwarding.request_id,
                timeout_seconds=forwarding.timeout_seconds,
            ) as answer:
                yield OpenAnswer(answer)
        except RemoteUnavailable as error:
            outcome = "It may have done what was asked." if error.is_sent else "Nothing was changed."
            raise RunnerUnavailable(
                f"The runner does not answer; the fault is ours. {outcome} Try again soon.",
                is_sent=error.is_sent,
                retry_after_seconds=1,
            ) from error


def _understood(answer: PostAnswer) -> ExecuteResponse | RunnerRefusal:
    if answer.status >= _FIRST_REFUSAL:
        refused = refusal(ServiceAnswer(answer.status, answer.headers, bytes(answer.body)))
        if isinstance(refused, RemoteRefused):
            return _refusal_of(refused)
        log.warning("runner_answer_unreadable", status=answer.status)
        raise _unavailable(is_sent=True)
    try:
        return ExecuteResponse.model_validate_json(answer.body)
    except ValidationError as error:
        log.warning("runner_answer_unreadable", status=answer.status, mistakes=error.error_count())
        raise _unavailable(is_sent=True) from None


def _refusal_of(refused: RemoteRefused) -> RunnerRefusal:
    """Keep the account of the execution for our record; callers are told why, not what it cost."""
    document = refused.document
    details = {name: fact for name, fact in document.details.items() if name != "usage"}
    try:
        usage = ExecuteUsage.model_validate(document.details["usage"])
    except (KeyError, ValidationError):
        usage = None
    return RunnerRefusal(document.model_copy(update={"details": details}), refused.retry_after_seconds, usage)


def _told(error: RemoteUnavailable) -> DeadlineExceeded | RunnerUnavailable:
    if error.is_timeout:
        return DeadlineExceeded(
            "The extension did not answer within the time of this request. It may have acted all the same.",
            is_sent=True,
        )
    return _unavailable(is_sent=error.is_sent)


def _no_limits() -> RunnerUnavailable:
    return RunnerUnavailable("The runner does not say its limits. Try again soon.", retry_after_seconds=1)


def _unavailable(*, is_sent: bool) -> RunnerUnavailable:
    outcome = "The extension may have run." if is_sent else "The extension was not run."
    return RunnerUnavailable(
        f"The runner does not answer; the fault is ours. {outcome} Try again soon.",
        is_sent=is_sent,
        retry_after_seconds=1,
    )
