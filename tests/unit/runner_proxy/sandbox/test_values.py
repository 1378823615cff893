import pytest

from annex_runner_proxy.domain.errors import ResponseTooLarge
from annex_runner_proxy.domain.guest_answers import check_answer
from annex_runner_proxy.sandbox.messages import MAX_ANSWER_HEADERS
from annex_runner_proxy.sandbox.values import LiftBudget, TooManyElements, ValueTooLarge


def test_elements_and_bytes_are_spent_apart() -> None:
    budget = LiftBudget(10, elements=2)

    budget.spend(10)
    budget.spend_elements(2)

    with pytest.raises(TooManyElements):
        budget.spend_elements(1)
    with pytest.raises(ValueTooLarge):
        budget.spend(1)


def test_the_worker_refuses_as_many_headers_as_the_check_of_answers() -> None:
    most = [("x", "y")] * MAX_ANSWER_HEADERS

    check_answer(200, most, None)

    with pytest.raises(ResponseTooLarge):
        check_answer(200, [*most, ("x", "y")], None)
