import math

import pytest

from annex_gateway.domain.errors import ProjectionStale
from annex_gateway.domain.freshness import Freshness
from unit.gateway.fakes import StoppedMonotonic


def test_a_copy_is_answered_from_until_it_is_too_old() -> None:
    now = StoppedMonotonic()
    freshness = Freshness(60, now)
    freshness.note_equal(now())

    now.seconds += 60
    freshness.require()
    now.seconds += 1

    with pytest.raises(ProjectionStale) as refused:
        freshness.require()
    assert refused.value.retry_after_seconds is not None


def test_reading_it_again_makes_it_good_again() -> None:
    now = StoppedMonotonic()
    freshness = Freshness(60, now)
    freshness.note_equal(now())
    now.seconds += 600
    freshness.note_equal(now())

    freshness.require()

    assert freshness.age_seconds() == 0


def test_a_copy_that_was_never_read_is_empty_and_not_stale() -> None:
    freshness = Freshness(60, StoppedMonotonic())

    freshness.require()

    assert freshness.age_seconds() == math.inf
