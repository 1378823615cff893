import pytest

from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.sandbox.messages import Failure


@pytest.mark.parametrize("failure", Failure)
def test_every_end_inside_a_worker_has_a_problem_of_its_name(failure: Failure) -> None:
    assert failure in {problem.code for problem in PROBLEMS.values()}
