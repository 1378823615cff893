from annex_ui_host.domain.recently_asked import RecentlyAsked
from unit.ui_host.fakes import Time


def test_question_is_remembered_for_a_while() -> None:
    time = Time()
    asked = RecentlyAsked(keep_seconds=5, capacity=10, monotonic=time)
    asked.add("a")

    time.seconds = 4.9
    before = "a" in asked
    time.seconds = 5

    assert before
    assert "a" not in asked


def test_oldest_question_makes_room() -> None:
    asked = RecentlyAsked(keep_seconds=5, capacity=2, monotonic=Time())

    for key in ("a", "b", "c"):
        asked.add(key)

    assert [key in asked for key in ("a", "b", "c")] == [False, True, True]


def test_question_asked_again_counts_from_then() -> None:
    time = Time()
    asked = RecentlyAsked(keep_seconds=5, capacity=10, monotonic=time)
    asked.add("a")
    time.seconds = 4
    asked.add("a")

    time.seconds = 8

    assert "a" in asked
