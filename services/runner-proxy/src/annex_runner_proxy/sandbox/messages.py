"""What worker and broker say to each other, and the codes a call can end with inside the worker."""

from enum import StrEnum
from typing import Final

# Values on their way between host and guest live outside linear memory; more than this is an attack.
HOST_ALLOWANCE_BYTES: Final = 512 << 20
# What an answer may have, and what may stand in all lists of one host call together. More is refused before
# it is converted: ten thousand small values keep the broker, which everybody shares, busy for long.
MAX_ANSWER_HEADERS: Final = 100
MAX_ARGUMENT_ELEMENTS: Final = 2_000
TOO_MANY_HEADERS: Final = "headers"


class ToWorker(StrEnum):
    """Kinds of messages a worker receives."""

    START = "start"
    CALL = "call"
    HOST_ANSWER = "host-answer"


class FromWorker(StrEnum):
    """Kinds of messages a worker sends."""

    READY = "ready"
    HOST_CALL = "host-call"
    LOG = "log"
    ANSWER = "answer"
    FAILED = "failed"


class CodeKind(StrEnum):
    """What a component is compiled for: most calls, or those that count fuel."""

    PLAIN = "plain"
    COUNTING = "counting"


class Failure(StrEnum):
    """Why a call has no answer; each is the code of a problem of the same name."""

    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    CPU_LIMIT_EXCEEDED = "CPU_LIMIT_EXCEEDED"
    FUEL_EXHAUSTED = "FUEL_EXHAUSTED"
    TABLE_LIMIT_EXCEEDED = "TABLE_LIMIT_EXCEEDED"
    MEMORY_LIMIT_EXCEEDED = "MEMORY_LIMIT_EXCEEDED"
    STACK_OVERFLOW = "STACK_OVERFLOW"
    GUEST_TRAP = "GUEST_TRAP"
    GUEST_RESPONSE_INVALID = "GUEST_RESPONSE_INVALID"
    RESPONSE_TOO_LARGE = "RESPONSE_TOO_LARGE"
    HOST_FUNCTION_UNAVAILABLE = "HOST_FUNCTION_UNAVAILABLE"
    HOST_CALL_LIMIT_EXCEEDED = "HOST_CALL_LIMIT_EXCEEDED"
    SUBREQUEST_LIMIT_EXCEEDED = "SUBREQUEST_LIMIT_EXCEEDED"
    HOST_CALL_TOO_LARGE = "HOST_CALL_TOO_LARGE"
    COMPONENT_INVALID = "COMPONENT_INVALID"
    GUEST_ABI_VIOLATED = "GUEST_ABI_VIOLATED"
    GUEST_HANDLER_FAILED = "GUEST_HANDLER_FAILED"
    WORKER_FAULT = "WORKER_FAULT"


class CallEnded(Exception):
    """The call can have no answer any more; whoever raises it has said why."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(failure)
        self.failure = failure
        self.detail = detail
