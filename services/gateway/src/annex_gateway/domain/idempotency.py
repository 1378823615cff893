"""Equal idempotency keys are one run: what keys are bound to, and which answers are kept for repeats."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Literal, Protocol
from uuid import UUID

from annex_gateway.domain.errors import (
    AdmissionRefused,
    CircuitOpen,
    DeadlineExceeded,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    IdempotencyOutcomeUnknown,
    IdempotentAnswerNotKept,
    InvalidIdempotencyKey,
    RunnerUnavailable,
)
from annex_gateway.domain.guest_answers import GuestAnswer
from annex_gateway.domain.installs import Install
from annex_gateway.domain.ports import RunnerRefusal
from annex_shared.contracts.execute import ExecuteResponse
from annex_shared.errors import AnnexError
from annex_shared.ids import InstallId, TenantId

_MAX_KEY_LENGTH = 255
IDEMPOTENCY_HEADERS = ("idempotency-key", "x-idempotency-key")
# RFC 9110: repeating these is meant to change nothing, so a key has nothing to protect.
SAFE_METHODS = frozenset({"GET", "HEAD"})
_TRY_AGAIN = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_FIRST_REFUSAL, _FIRST_FAULT = 400, 500
# A run is mostly over long before its lock is.
_LONGEST_RETRY_AFTER = 5


def idempotency_key(method: str, sent: Iterable[tuple[str, str]]) -> str | None:
    """Read the key of a request that may change something. Raises InvalidIdempotencyKey."""
    if method in SAFE_METHODS:
        return None
    named = [(name.lower(), value) for name, value in sent if name.lower() in IDEMPOTENCY_HEADERS]
    if not named:
        return None
    header, key = named[0]
    if any(other != key for _, other in named):
        raise InvalidIdempotencyKey(
            f"{' and '.join(dict(named))} name different keys. Send one. Nothing was run."
        )
    if not 0 < len(key) <= _MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise InvalidIdempotencyKey(
            f"{header} is 1 to {_MAX_KEY_LENGTH} printable ASCII characters, such as a UUID. "
            "Nothing was run.",
            details={"header": header},
        )
    return key


class Promise(StrEnum):
    """What a key's sender relies on."""

    # A person decides about a run whose outcome nobody knows.
    AT_MOST_ONCE = "at most once"
    # Deliveries and schedules: until it succeeded, and not again after that, as far as we know.
    UNTIL_SUCCESS = "until success"


@dataclass(frozen=True, slots=True)
class Claim:
    """One key in its scope; ``fingerprint`` is of everything that makes a request another one.

    ``key_hash`` covers the endpoint and the key, so that a key is never written down.
    """

    tenant_id: TenantId
    install_id: InstallId
    key_hash: bytes
    fingerprint: bytes
    promise: Promise
    lock_seconds: float

    @classmethod
    def of(
        cls,
        key: str,
        *,
        install: Install,
        endpoint: str,
        request: Iterable[bytes],
        promise: Promise,
        lock_seconds: float,
    ) -> "Claim":
        """``request``: method, path, query, body and the caller's principal, each as bytes."""
        return cls(
            tenant_id=install.tenant_id,
            install_id=install.install_id,
            key_hash=_digest((endpoint.encode(), key.encode())),
            fingerprint=_digest(request),
            promise=promise,
            lock_seconds=lock_seconds,
        )


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        # The length in front: "ab" + "c" is another request than "a" + "bc".
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a repeat gets; with ``is_problem`` the body is the runner's own document, not a guest's answer.

    ``body`` is None where it was too large to be kept.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes | None
    effects: int
    execution_id: str | None
    is_problem: bool = False

    @classmethod
    def of_answer(cls, answer: GuestAnswer, response: ExecuteResponse) -> "KeptAnswer":
        return cls(answer.status, answer.headers, answer.body, response.effects, response.execution_id)

    @classmethod
    def of_refusal(cls, refusal: RunnerRefusal) -> "KeptAnswer":
        document = refusal.document
        execution_id = document.details.get("execution_id")
        return cls(
            status=document.status,
            headers=[],
            body=document.model_dump_json(exclude_none=True).encode(),
            effects=effects_of(refusal) or 0,
            execution_id=execution_id if isinstance(execution_id, str) else None,
            is_problem=True,
        )

    def without_body(self) -> "KeptAnswer":
        return KeptAnswer(self.status, [], None, self.effects, self.execution_id, self.is_problem)


class Settlement(StrEnum):
    """What becomes of a claim when its run is over."""

    KEEP = "keep"
    # Nothing happened that a repeat would repeat.
    FORGET = "forget"
    # It may have acted, and there is no answer to keep.
    UNKNOWN = "unknown"


def effects_of(refusal: RunnerRefusal) -> int | None:
    """Say how many effects a refused execution had; None if the runner cannot tell.

    The runner counts whatever it refuses after the guest began; only its own faults come without a number.
    """
    told = refusal.document.details.get("effects")
    if isinstance(told, int):
        return told
    if refusal.usage is not None:
        return refusal.usage.effects
    return None if refusal.document.status == HTTPStatus.INTERNAL_SERVER_ERROR else 0


def settle_answer(promise: Promise, *, status: int, effects: int) -> Settlement:
    """Judge a guest's answer: one that failed and changed nothing may be asked for again."""
    if promise is Promise.UNTIL_SUCCESS:
        return Settlement.KEEP if status < _FIRST_REFUSAL else Settlement.FORGET
    is_failure = status >= _FIRST_FAULT or status in _TRY_AGAIN
    return Settlement.FORGET if is_failure and effects == 0 else Settlement.KEEP


def settle_refusal(promise: Promise, refusal: RunnerRefusal) -> Settlement:
    """Judge an execution that the runner ended: with effects it counts as done, whatever its problem is."""
    effects = effects_of(refusal)
    if promise is Promise.UNTIL_SUCCESS or effects == 0:
        return Settlement.FORGET
    return Settlement.UNKNOWN if effects is None else Settlement.KEEP


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a key. ``left_seconds``: how long its run may still be under way."""

    attempt: UUID
    fingerprint: bytes
    state: Literal["running", "done", "unknown"]
    left_seconds: float
    answer: KeptAnswer | None = None

    def answer_for(self, claim: Claim) -> KeptAnswer:
        """Return what a repeat gets. Raises Idempotency…, IdempotentAnswerNotKept."""
        if self.fingerprint != claim.fingerprint:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was used with another request: method, path, query, body or caller "
                "differ. Use a new key. Nothing was run."
            )
        if self.state == "running" and self.left_seconds > 0:
            raise IdempotencyInProgress(
                "A request with this Idempotency-Key is still running. Repeat it to get its answer.",
                retry_after_seconds=max(1, min(math.ceil(self.left_seconds), _LONGEST_RETRY_AFTER)),
            )
        if self.state != "done" or self.answer is None:
            raise IdempotencyOutcomeUnknown(
                "A request with this Idempotency-Key began to run and nobody saw its end: the extension may "
                "have acted or not. It was not run again. Find out which, and use a new key to run it again."
            )
        if self.answer.body is None and claim.promise is Promise.AT_MOST_ONCE:
            raise IdempotentAnswerNotKept(
                f"The request with this Idempotency-Key was done, with status {self.answer.status}; its "
                "answer was too large to be kept. It was not run again.",
                details={"status": self.answer.status, "execution_id": self.answer.execution_id},
            )
        return self.answer


class IdempotencyRecords(Protocol):
    """Remembers keys. Every call raises IdempotencyUnavailable.

    A record is whatever the first claim made it, until it is forgotten or its time to be kept is over. An
    unfinished one whose lock has ended is handed to the next claim that promises UNTIL_SUCCESS.
    """

    async def claim(self, claim: Claim, *, attempt: UUID) -> Record:
        """Return the record of a key; it is the caller's own if it names its attempt."""
        ...

    async def keep(self, claim: Claim, answer: KeptAnswer, *, attempt: UUID) -> None: ...

    async def forget(self, claim: Claim, *, attempt: UUID) -> None: ...

    async def lose(self, claim: Claim, *, attempt: UUID) -> None:
        """Note that nobody will ever know."""
        ...

    async def sweep(self, *, limit: int) -> int:
        """Remove records whose time is over, and say how many."""
        ...


def settle_error(error: AnnexError) -> Settlement:
    """Judge a run that ended with a refusal of ours: only some of them say that nothing was run."""
    match error:
        case AdmissionRefused() | CircuitOpen():
            return Settlement.FORGET
        case RunnerUnavailable(is_sent=False) | DeadlineExceeded(is_sent=False):
            return Settlement.FORGET
        case _:
            return Settlement.UNKNOWN
