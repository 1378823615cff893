"""What any remote runner answers, read within bounds and turned into our own types."""

import base64
import binascii
import time
from collections.abc import Iterator
from dataclasses import fields

import aiohttp

from annex_runner_proxy.domain import errors
from annex_runner_proxy.domain.errors import (
    DeadlineExceeded,
    GuestResponseInvalid,
    ResponseTooLarge,
    RunnerError,
    RunnerUnavailable,
)
from annex_runner_proxy.domain.execution import GuestAnswer, Usage
from annex_runner_proxy.domain.limits import CallLimits
from annex_shared.contracts.execute import ExecuteResponse, ExecuteUsage
from annex_shared.errors import code_of

# What is left to send an answer back with, after the remote runner stopped the guest.
MARGIN_MS = 20
# The remote runner's own explanation is worth waiting for a little longer than the time it was given.
GRACE_SECONDS = 0.3
# What an answer holds besides its body: headers, usage, the JSON around them.
_ROOM_FOR_REST = 256 * 1024


def remaining_ms(deadline: float, *, now: float | None = None) -> int:
    """Return what the remote runner may spend. Raises DeadlineExceeded when nothing is left to give."""
    left = int((deadline - (time.monotonic() if now is None else now)) * 1000) - MARGIN_MS
    if left < 1:
        raise DeadlineExceeded("The time of the call was used up before it began.", details={"effects": 0})
    return left


async def read_bounded(answer: aiohttp.ClientResponse, limits: CallLimits) -> bytes:
    """Read an answer whose body may be ``response_bytes`` before base64 made it a third longer."""
    most = limits.response_bytes * 4 // 3 + _ROOM_FOR_REST
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > most:
            answer.close()
            raise ResponseTooLarge(
                f"The extension's answer is over the limit of {limits.response_bytes} bytes.",
                details={"limit": {"kind": "response_bytes", "value": limits.response_bytes}, "effects": 1},
            )
    return bytes(body)


def guest_answer(document: ExecuteResponse, *, effects: int, usage: Usage) -> GuestAnswer:
    """Take what the guest said. Raises GuestResponseInvalid for a body that is not base64."""
    try:
        encoded = document.body_b64
        body = None if encoded is None else base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise GuestResponseInvalid(
            "The answer has a body that is not base64.", details={"effects": effects}
        ) from None
    return GuestAnswer(document.status, tuple(document.header_pairs()), body, usage, effects)


def usage_of(told: ExecuteUsage | None) -> Usage:
    """Take over what the other runner measured, as far as both know the same figures."""
    known = {} if told is None else told.model_dump()
    return Usage(**{field.name: known[field.name] for field in fields(Usage) if field.name in known})


def _facts() -> Iterator[type[RunnerError]]:
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, RunnerError) and kind is not RunnerError:
            yield kind


# A refusal of the remote runner that we would have raised ourselves, by its code.
KIND_OF_CODE = {code_of(kind): kind for kind in _facts()}


def unavailable(reason: str, *, may_have_run: bool) -> RunnerUnavailable:
    outcome = "The extension may have run." if may_have_run else "The extension was not run."
    return RunnerUnavailable(
        f"The remote runner {reason}; the fault is ours. {outcome}",
        retry_after_seconds=1,
        # Nobody counted; a caller that would repeat an effect must know that there may be one.
        details={"effects": 1 if may_have_run else 0},
    )


def late(limits: CallLimits) -> DeadlineExceeded:
    return DeadlineExceeded(
        "The extension did not answer in time. It may have acted all the same.",
        details={"limit": {"kind": "wall_ms", "value": limits.timeout_ms}, "effects": 1},
    )
