"""Which of the runner's refusals are blamed on the extension."""

from http import HTTPStatus

from annex_gateway.domain.executions import CANCELLED
from annex_gateway.domain.extension_faults import EXTENSION_FAULTS
from annex_runner_proxy.api.problems import PROBLEMS as RUNNER_PROBLEMS

# Answered as the guest's by their status, and nothing that its author could mend.
_NOT_ITS_DOING = {
    "BUNDLE_UNREADABLE",
    "COMPILATION_FAILED",
    "INTEGRITY_MISMATCH",
    "VERSION_NOT_PROVEN",
    "WORKER_CRASHED",
}


def test_every_refusal_that_the_runner_calls_a_guests_is_blamed_on_somebody() -> None:
    problems = RUNNER_PROBLEMS.values()

    guests = {problem.code for problem in problems if problem.status == HTTPStatus.BAD_GATEWAY}

    assert guests == EXTENSION_FAULTS | _NOT_ITS_DOING
    assert not EXTENSION_FAULTS & _NOT_ITS_DOING


def test_nobodys_leaving_and_no_fault_of_the_platform_is_blamed_on_the_extension() -> None:
    problems = RUNNER_PROBLEMS.values()

    ours = {problem.code for problem in problems if problem.status != HTTPStatus.BAD_GATEWAY}

    assert not EXTENSION_FAULTS & {*ours, CANCELLED, "INTERNAL"}
