from dataclasses import replace

from annex_runner_proxy.domain.debug_rings import DebugRings
from annex_shared.contracts.debug_lines import DebugLine

LINE = DebugLine.of_fields({"ts": "1", "tenant": "t", "extension": "e", "message": "x"})
KEY = ("t", "e")


def _messages(rings: DebugRings, after: int | None = None, *, limit: int = 100) -> tuple[list[str], int]:
    lines, reached = rings.after(KEY, after, limit=limit, fits=lambda _: True)
    return [line.message for line in lines], reached


def _filled(count: int, *, max_lines: int = 100, max_bytes: int = 1 << 20) -> DebugRings:
    rings = DebugRings(max_lines, max_bytes)
    for number in range(count):
        rings.add(replace(LINE, message=str(number)))
    return rings


def test_reader_is_given_the_last_lines_and_then_what_came_since() -> None:
    rings = _filled(5)

    tail, reached = _messages(rings, limit=2)
    rings.add(replace(LINE, message="new"))
    rings.add(replace(LINE, extension="other", message="not theirs"))

    assert tail == ["3", "4"]
    assert _messages(rings, reached) == (["new"], 7)


def test_reader_pages_through_what_is_more_than_a_page() -> None:
    rings = _filled(5)

    first, reached = _messages(rings, 0, limit=3)

    assert first == ["0", "1", "2"]
    assert _messages(rings, reached)[0] == ["3", "4"]


def test_position_of_an_earlier_process_means_that_everything_is_new() -> None:
    assert _messages(_filled(2), 900)[0] == ["0", "1"]


def test_ring_keeps_its_last_lines_only() -> None:
    assert _messages(_filled(5, max_lines=2))[0] == ["3", "4"]


def test_all_rings_together_stay_within_their_bound() -> None:
    rings = _filled(3, max_bytes=4 * LINE.size_bytes)

    for number in range(3):
        rings.add(replace(LINE, extension="busy", message=str(number)))

    assert rings.size_bytes <= rings.max_bytes
    assert _messages(rings)[0] == ["2"]
