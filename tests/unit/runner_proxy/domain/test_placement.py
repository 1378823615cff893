from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.placement import affinity, place

KEYS = [f"sha256:{number:064x}" for number in range(200)]


def _free(seats: int) -> dict[int, int]:
    return dict.fromkeys(range(seats), 0)


def test_the_same_code_goes_to_the_same_free_seat() -> None:
    assert {place(KEYS[0], _free(4), at_once=1) for _ in range(10)} == {affinity(KEYS[0], (0, 1, 2, 3))[0]}


def test_codes_are_spread_over_all_seats() -> None:
    counts = Counter(place(key, _free(4), at_once=1) for key in KEYS)

    assert set(counts) == {0, 1, 2, 3}
    assert max(counts.values()) < 2 * len(KEYS) / 4


def test_a_seat_that_leaves_moves_only_what_was_placed_on_it() -> None:
    before = {key: affinity(key, (0, 1, 2, 3))[0] for key in KEYS}
    after = {key: affinity(key, (0, 1, 3))[0] for key in KEYS}

    moved = {key for key in KEYS if before[key] != after[key]}

    assert moved == {key for key in KEYS if before[key] == 2}


def test_call_spills_to_the_next_seat_in_order_when_the_first_is_busy() -> None:
    first, second, *_ = affinity(KEYS[0], (0, 1, 2))

    assert place(KEYS[0], {**_free(3), first: 1}, at_once=1) == second


def test_call_spills_when_the_first_seat_has_more_than_its_share() -> None:
    first, second = affinity(KEYS[0], (0, 1))

    # Two calls and this one on two seats: a mean of 1.5, so no seat takes more than two.
    assert place(KEYS[0], {first: 1, second: 1}, at_once=8) == first
    assert place(KEYS[0], {first: 2, second: 0}, at_once=8) == second


def test_nothing_is_placed_where_every_seat_is_full() -> None:
    assert place(KEYS[0], {0: 1, 1: 1}, at_once=1) is None
    assert place(KEYS[0], {}, at_once=1) is None


@given(
    loads=st.dictionaries(st.integers(0, 15), st.integers(0, 4), min_size=1, max_size=16),
    key=st.sampled_from(KEYS),
    at_once=st.integers(1, 5),
)
def test_no_seat_gets_more_than_its_share_and_no_free_seat_is_refused(
    loads: dict[int, int], key: str, at_once: int
) -> None:
    seat = place(key, loads, at_once=at_once)

    if seat is None:
        assert min(loads.values()) >= at_once
    else:
        share = 1.25 * (sum(loads.values()) + 1) / len(loads)
        assert loads[seat] + 1 <= min(at_once, share + 1)


@pytest.mark.parametrize("seats", [1, 2, 8])
def test_order_of_affinity_names_every_seat_once(seats: int) -> None:
    assert sorted(affinity(KEYS[0], tuple(range(seats)))) == list(range(seats))
