"""What worker and broker say to each other, and the codes a call can end with inside the worker."""

from enum import StrEnum


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


class Failure(StrEnum):
    """Why a call has no answer; each is the code of a problem of the same name."""

    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
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
    WORKER_FAULT = "WORKER_FAULT"
