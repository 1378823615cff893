import pytest

from annex_runner_proxy.adapters.alga_runner import failure_of
from annex_runner_proxy.domain import errors

TRAP = "execute_failed: error while executing at wasm backtrace:\n 0: 0x1 - f\n\nCaused by:\n wasm trap: "


@pytest.mark.parametrize(
    ("error", "kind", "effects"),
    [
        ("missing_routing_headers", errors.WorkerFault, 0),
        ("unknown_capabilities: cap:fly", errors.WorkerFault, 0),
        ("engine_init_failed: no memory", errors.WorkerFault, 0),
        ("secret_decrypt_failed", errors.WorkerFault, 0),
        ("bundle_fetch_failed: archive hash mismatch", errors.IntegrityMismatch, 0),
        ("bundle_fetch_failed: status 404 Not Found", errors.BundleNotFound, 0),
        ("bundle_fetch_failed: connection reset", errors.RunnerUnavailable, 0),
        (f"{TRAP}interrupt", errors.DeadlineExceeded, 1),
        (f"{TRAP}call stack exhausted", errors.StackOverflow, 1),
        (f"{TRAP}wasm `unreachable` instruction executed", errors.GuestTrap, 1),
        (f"{TRAP}out of bounds memory access", errors.GuestTrap, 1),
        (
            "execute_failed: memory minimum size of 9 pages exceeds memory limits",
            errors.MemoryLimitExceeded,
            1,
        ),
        ("execute_failed: STACK_OVERFLOW: Too deep.", errors.StackOverflow, 1),
        ("execute_failed: NO_SUCH_CODE: What.", errors.GuestTrap, 1),
        ("bundle_fetch_failed: VERSION_NOT_PROVEN: No proof.", errors.VersionNotProven, 0),
        ("something nobody wrote down", errors.RunnerUnavailable, 1),
    ],
)
def test_text_of_the_predecessor_becomes_the_error_it_means(
    error: str, kind: type[errors.RunnerError], effects: int
) -> None:
    failure = failure_of(error)

    assert type(failure) is kind
    assert failure.details["effects"] == effects
