"""Repeat a request that failed in passing, within one deadline; judge what a failure says of a change."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from annex_cli.errors import AnswerNotUnderstood, PlatformRefused, PlatformUnreachable
from annex_cli.platform_client import PlatformClient

Failure = PlatformRefused | PlatformUnreachable | AnswerNotUnderstood
Answered = TypeVar("Answered")

# Waits before the second, third and fourth try; each is stretched by up to half, so that a crowd spreads.
_PAUSES_SECONDS = (0.25, 1.0, 3.0)
# Refusals of a caller or a moment: they say nothing about what became of an attempt sent before.
_UNDECIDED = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.MISDIRECTED_REQUEST,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)
# The platform lost bytes on their way to it and kept nothing.
_PASSING_CODES = frozenset({"UPLOAD_INTERRUPTED"})
_OF_THE_CALLER = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.MISDIRECTED_REQUEST})


async def repeated(
    client: PlatformClient,
    call: Callable[[PlatformClient], Awaitable[Answered]],
    *,
    on_failure: Callable[[Failure], None],
    on_repeat: Callable[[Failure], None],
) -> Answered:
    """Call up to four times inside the client's timeout; raise the last failure.

    ``on_failure`` hears every failure, ``on_repeat`` those after which the call is made again.
    """
    deadline = time.monotonic() + client.timeout_seconds
    for pause_seconds in (*_PAUSES_SECONDS, None):
        left_seconds = max(deadline - time.monotonic(), 0.001)
        try:
            return await call(replace(client, timeout_seconds=left_seconds))
        except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood) as failure:
            on_failure(failure)
            if pause_seconds is None or not is_passing(failure):
                raise
            wait_seconds = pause_seconds * random.uniform(1, 1.5)  # noqa: S311 - spreads load, keeps no secret
            wait_seconds = max(wait_seconds, failure.retry_after_seconds or 0)
            if time.monotonic() + wait_seconds >= deadline:
                raise
            on_repeat(failure)
            await asyncio.sleep(wait_seconds)
    raise AssertionError("the last try returns or raises")


def is_decided(failure: Exception) -> bool:
    """Whether a failure says for good that its request changed nothing and never will."""
    if not isinstance(failure, PlatformRefused):
        return False
    if failure.document.retryable:
        return False
    status = failure.document.status
    return status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _UNDECIDED


def is_passing(failure: Failure) -> bool:
    """Whether the same request may well succeed in a moment."""
    if not isinstance(failure, PlatformRefused):
        return True
    if failure.document.retryable or failure.code in _PASSING_CODES:
        return True
    return not is_decided(failure) and failure.document.status not in _OF_THE_CALLER


def may_have_landed(failure: Failure) -> bool:
    """Whether the request may have been done although this is all that was heard of it."""
    match failure:
        case PlatformUnreachable(is_sent=is_sent):
            return is_sent
        case PlatformRefused(document=document):
            return document.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        case _:
            return True
