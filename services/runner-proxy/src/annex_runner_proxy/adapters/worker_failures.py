"""Why a call ended inside a worker, as the error a person reads."""

from annex_runner_proxy.domain.errors import (
    ComponentInvalid,
    CpuLimitExceeded,
    DeadlineExceeded,
    FuelExhausted,
    GuestAbiViolated,
    GuestHandlerFailed,
    GuestResponseInvalid,
    GuestTrap,
    HostCallLimitExceeded,
    HostCallTooLarge,
    HostFunctionUnavailable,
    MemoryLimitExceeded,
    ResponseTooLarge,
    RunnerError,
    StackOverflow,
    SubrequestLimitExceeded,
    TableLimitExceeded,
    WorkerFault,
)
from annex_runner_proxy.domain.limits import CallLimits
from annex_runner_proxy.sandbox.messages import MAX_ANSWER_HEADERS, TOO_MANY_HEADERS, Failure
from annex_shared.display_text import shown


def failure_of(failure: Failure, detail: str, limits: CallLimits) -> RunnerError:  # noqa: C901, PLR0911, PLR0912 - a table
    """Build the error; ``detail`` comes from the sandbox and is shown with care."""
    told = shown(detail, limit=300)
    match failure:
        case Failure.DEADLINE_EXCEEDED:
            return DeadlineExceeded(
                "The extension did not answer in time and was stopped.",
                details={"limit": {"kind": "wall_ms", "value": limits.timeout_ms}},
            )
        case Failure.CPU_LIMIT_EXCEEDED:
            return CpuLimitExceeded(
                f"The extension used more than {limits.cpu_ms} ms of processor time and was stopped.",
                details={"limit": {"kind": "cpu_ms", "value": limits.cpu_ms}},
            )
        case Failure.FUEL_EXHAUSTED:
            return FuelExhausted(
                "The extension used up the fuel of this call and was stopped.",
                details={"limit": {"kind": "fuel", "value": limits.fuel}},
            )
        case Failure.TABLE_LIMIT_EXCEEDED:
            return TableLimitExceeded(
                f"The extension grew its tables beyond {limits.table_elements} elements.",
                details={"limit": {"kind": "table_elements", "value": limits.table_elements}},
            )
        case Failure.MEMORY_LIMIT_EXCEEDED:
            return MemoryLimitExceeded(
                "The extension took more memory than this call may and was stopped.",
                details={"limit": {"kind": "memory_bytes", "value": limits.memory_bytes}},
            )
        case Failure.STACK_OVERFLOW:
            return StackOverflow("The extension recursed too deeply and was stopped.")
        case Failure.GUEST_TRAP:
            return GuestTrap("The extension stopped with an error of its own.", details={"trap": told})
        case Failure.GUEST_RESPONSE_INVALID:
            return GuestResponseInvalid("The extension answered what cannot be sent.")
        case Failure.RESPONSE_TOO_LARGE if detail == TOO_MANY_HEADERS:
            return ResponseTooLarge(
                f"The extension answered with more than the {MAX_ANSWER_HEADERS} headers an answer may have.",
                details={"limit": {"kind": TOO_MANY_HEADERS, "value": MAX_ANSWER_HEADERS}},
            )
        case Failure.RESPONSE_TOO_LARGE:
            return ResponseTooLarge(
                f"The extension's answer is over the limit of {limits.response_bytes} bytes.",
                details={"limit": {"kind": "response_bytes", "value": limits.response_bytes}},
            )
        case Failure.HOST_FUNCTION_UNAVAILABLE:
            return HostFunctionUnavailable(
                f"The extension called {told}, which this platform does not offer.",
                details={"function": told},
            )
        case Failure.HOST_CALL_LIMIT_EXCEEDED:
            return HostCallLimitExceeded(
                f"The extension called the host more than {limits.host_calls} times and was stopped.",
                details={"limit": {"kind": "host_calls", "value": limits.host_calls}},
            )
        case Failure.SUBREQUEST_LIMIT_EXCEEDED:
            return SubrequestLimitExceeded(
                "The extension asked more of other servers than one call may and was stopped.",
                details={"limit": {"kind": told, "value": getattr(limits, detail, None)}},
            )
        case Failure.HOST_CALL_TOO_LARGE:
            return HostCallTooLarge(f"The extension handed {told} more than one host call may carry.")
        case Failure.COMPONENT_INVALID:
            return ComponentInvalid("The extension's handler cannot be run.", details={"reason": told})
        case Failure.GUEST_ABI_VIOLATED:
            return GuestAbiViolated(
                "The extension broke the contract between module and host.", details={"reason": told}
            )
        case Failure.GUEST_HANDLER_FAILED:
            return GuestHandlerFailed(
                f"The extension's handler returned {told} instead of an answer.", details={"result": told}
            )
        case Failure.WORKER_FAULT:
            return WorkerFault("The sandbox failed; the fault is ours.", details={"reason": told})
