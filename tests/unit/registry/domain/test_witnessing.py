import pytest

from annex_registry.domain.witnessing import Outcome, WitnessTurn


def a_turn() -> WitnessTurn:
    return WitnessTurn(max_rest_seconds=30, refresh_seconds=3600)


def test_a_witness_is_asked_first_about_any_tree() -> None:
    assert a_turn().is_due(0, now=5.0)
    assert a_turn().says() == "not asked yet"


def test_one_that_cosigned_is_asked_about_a_larger_tree_or_after_a_while() -> None:
    turn = a_turn()

    turn.end(Outcome.COSIGNED, 4, now=10.0)

    assert not turn.is_due(4, now=3609.9)
    assert turn.is_due(5, now=10.0)
    assert turn.is_due(4, now=3610.0)
    assert turn.says() == "cosigned 4"


def test_one_that_failed_rests_twice_as_long_each_time_and_never_longer_than_it_may() -> None:
    turn = a_turn()
    rests = []
    for _ in range(40):
        turn.end(Outcome.FAILED, 4, now=0.0)
        rests.append(next(wait for wait in (1, 2, 4, 8, 16, 30) if turn.is_due(4, now=float(wait))))

    assert rests[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert set(rests[5:]) == {30}


def test_one_that_cosigned_again_is_forgiven() -> None:
    turn = a_turn()
    turn.end(Outcome.FAILED, 4, now=0.0)
    turn.end(Outcome.FAILED, 4, now=1.0)

    turn.end(Outcome.COSIGNED, 4, now=3.0)
    turn.end(Outcome.FAILED, 5, now=4.0)

    assert not turn.is_due(5, now=4.9)
    assert turn.is_due(5, now=5.0)


@pytest.mark.parametrize(
    ("outcome", "is_alarming"),
    [(outcome, outcome in (Outcome.AHEAD, Outcome.CONTRADICTS)) for outcome in Outcome],
)
def test_only_what_may_be_a_forked_log_alarms(outcome: Outcome, *, is_alarming: bool) -> None:
    assert outcome.is_alarming is is_alarming
