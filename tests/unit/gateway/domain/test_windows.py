from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.windows import Window

STEPS = st.lists(st.floats(min_value=0, max_value=30), max_size=60)


@given(STEPS)
def test_a_window_counts_the_last_seconds_to_a_tenth(steps: list[float]) -> None:
    window, moments, now = Window(10), [], 1000.0
    for step in steps:
        now += step
        window.add(now)
        moments.append(now)

    total = window.total(now)

    assert sum(now - moment < 9 for moment in moments) <= total
    assert total <= sum(now - moment <= 10 for moment in moments)


def test_a_window_forgets_everything_after_a_long_silence() -> None:
    window = Window(10)
    window.add(1000)

    assert (window.total(1000), window.total(1_000_000)) == (1, 0)
