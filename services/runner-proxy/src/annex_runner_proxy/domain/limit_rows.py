"""The limits of a call as one table: `/.well-known/limits.json` and docs/limits.md are made from it."""

from dataclasses import dataclass
from typing import Final

from annex_runner_proxy.domain.limits import PlatformLimits

STACK_BYTES: Final = 1 << 20
HOST_CALL_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class LimitText:
    """What is said of one limit; ``code`` is the problem a call ends with, if it ends."""

    name: str
    unit: str
    code: str | None
    asked_as: str | None
    setting: str
    meaning: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit with the figures of a deployment; ``default`` None means that nothing is counted."""

    text: LimitText
    default: int | None
    ceiling: int


LIMIT_TEXTS: Final = (
    LimitText(
        "timeout_ms",
        "milliseconds",
        "DEADLINE_EXCEEDED",
        "timeout_ms",
        "DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS",
        "Time from the arrival of the request to the answer, waiting included.",
    ),
    LimitText(
        "cpu_ms",
        "milliseconds",
        "CPU_LIMIT_EXCEEDED",
        "cpu_ms",
        "DEFAULT_CPU_MS, MAX_CPU_MS",
        "Processor time of the guest and of its conversions; waiting for a host call costs none.",
    ),
    LimitText(
        "memory_bytes",
        "bytes",
        "MEMORY_LIMIT_EXCEEDED",
        "memory_mb",
        "DEFAULT_MEMORY_MB, MAX_MEMORY_MB",
        "All linear memories of the call together.",
    ),
    LimitText(
        "table_elements",
        "elements",
        "TABLE_LIMIT_EXCEEDED",
        None,
        "MAX_TABLE_ELEMENTS",
        "Memory of all tables of the call together, 8 bytes an element. One that grows in many steps may be "
        "allotted up to twice its size, and that counts.",
    ),
    LimitText(
        "response_bytes",
        "bytes",
        "RESPONSE_TOO_LARGE",
        None,
        "MAX_RESPONSE_BYTES",
        "Body and headers of the answer; 100 headers of 32 KiB together at most.",
    ),
    LimitText(
        "log_bytes",
        "bytes",
        None,
        None,
        "MAX_LOG_BYTES",
        "Text of log lines. Beyond it lines are dropped; usage counts them in log_bytes_dropped.",
    ),
    LimitText(
        "host_calls",
        "calls",
        "HOST_CALL_LIMIT_EXCEEDED",
        None,
        "MAX_HOST_CALLS",
        "Calls of host functions, log lines included.",
    ),
    LimitText(
        "subrequests",
        "requests",
        "SUBREQUEST_LIMIT_EXCEEDED",
        None,
        "MAX_SUBREQUESTS",
        "Outgoing requests, each redirect counted.",
    ),
    LimitText(
        "subrequests_at_once",
        "requests",
        "SUBREQUEST_LIMIT_EXCEEDED",
        None,
        "MAX_SUBREQUESTS_AT_ONCE",
        "Outgoing requests under way at the same time.",
    ),
    LimitText(
        "subrequest_bytes",
        "bytes",
        "SUBREQUEST_LIMIT_EXCEEDED",
        None,
        "MAX_SUBREQUEST_BYTES",
        "Decoded body of one answer to an outgoing request.",
    ),
    LimitText(
        "egress_bytes",
        "bytes",
        "SUBREQUEST_LIMIT_EXCEEDED",
        None,
        "MAX_EGRESS_BYTES",
        "Bytes sent and received by all outgoing requests of the call together.",
    ),
    LimitText(
        "fuel",
        "fuel",
        "FUEL_EXHAUSTED",
        "fuel",
        "MAX_FUEL",
        "Instructions of the guest, about one each; counted only where a request or an operator asks for it.",
    ),
)


# The same for every call of a deployment.
FIXED_TEXTS: Final = (
    LimitText(
        "request_bytes",
        "bytes",
        "BODY_TOO_LARGE",
        None,
        "MAX_REQUEST_BYTES",
        "Body of the request to the extension.",
    ),
    LimitText(
        "stack_bytes", "bytes", "STACK_OVERFLOW", None, "", "Stack of the guest; part of the engine's build."
    ),
    LimitText(
        "host_call_bytes",
        "bytes",
        "HOST_CALL_TOO_LARGE",
        None,
        "",
        "What one host call may carry out of the guest; 2,000 elements in all lists together at most.",
    ),
)


def limit_rows(platform: PlatformLimits) -> tuple[LimitRow, ...]:
    defaults = platform.defaults()
    fixed = {
        "request_bytes": platform.request_bytes,
        "stack_bytes": STACK_BYTES,
        "host_call_bytes": HOST_CALL_BYTES,
    }
    return (
        *(LimitRow(text, getattr(defaults, text.name), platform.ceiling(text.name)) for text in LIMIT_TEXTS),
        *(LimitRow(text, fixed[text.name], fixed[text.name]) for text in FIXED_TEXTS),
    )
