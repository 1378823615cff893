"""Which ends of a run the extension itself is to blame for."""

from typing import Final

# What runner and gateway call the guest's own doing: traps, limits, answers that cannot be sent, bundles
# without anything to run. Not in here: the platform's faults, crashes that may be either's, callers who left.
# Two more ends are its own and have no code here: an answer of its own above 499 has none at all, and time
# that was used up is its fault where the runner named the limit it hit: it may have been used up before.
EXTENSION_FAULTS: Final = frozenset(
    {
        "COMPONENT_INVALID",
        "CPU_LIMIT_EXCEEDED",
        "FUEL_EXHAUSTED",
        "GUEST_ABI_VIOLATED",
        "GUEST_HANDLER_FAILED",
        "GUEST_RESPONSE_INVALID",
        "GUEST_TRAP",
        "HOST_CALL_LIMIT_EXCEEDED",
        "HOST_CALL_TOO_LARGE",
        "HOST_FUNCTION_UNAVAILABLE",
        "MEMORY_LIMIT_EXCEEDED",
        "RESPONSE_TOO_LARGE",
        "STACK_OVERFLOW",
        "SUBREQUEST_LIMIT_EXCEEDED",
        "TABLE_LIMIT_EXCEEDED",
        "VERSION_WITHOUT_HANDLER",
    }
)
