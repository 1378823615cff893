from dataclasses import replace

from annex_runner_proxy.domain.line_queue import LineQueue
from annex_shared.contracts.debug_lines import DebugLine

LINE = DebugLine.of_fields({"ts": "1", "tenant": "t", "extension": "e", "message": "x"})


def _filled(count: int, *, max_lines: int = 100, max_bytes: int = 1 << 20) -> LineQueue:
    queue = LineQueue(max_lines, max_bytes)
    for number in range(count):
        queue.put(replace(LINE, message=str(number)))
    return queue


def test_lines_are_taken_in_order_and_put_back_where_they_were() -> None:
    queue = _filled(4)

    queue.put_back(queue.take(2))

    assert [line.message for line in queue.take(9)] == ["0", "1", "2", "3"]
    assert queue.size_bytes == 0


def test_oldest_lines_go_first_and_are_counted_once_per_extension() -> None:
    queue = _filled(5, max_lines=2)

    assert [line.message for line in queue.take(9)] == ["3", "4"]
    assert [(count, line.message) for count, line in queue.take_losses()] == [(3, "2")]
    assert queue.take_losses() == []
    assert queue.dropped == 3


def test_long_lines_count_for_more() -> None:
    queue = _filled(3, max_bytes=2 * LINE.size_bytes)

    assert (len(queue), queue.dropped) == (2, 1)
