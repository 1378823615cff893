import pytest
from structlog.contextvars import get_contextvars

from annex_shared.observability.trace_context import TraceContext, current_traceparent, in_trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = f"00-{TRACE}-{SPAN}-01"


def _hex(count: int) -> str:
    return "ab" * count


def test_callers_trace_is_continued_in_a_span_of_our_own() -> None:
    context = TraceContext.continued(SENT, new_hex=_hex)

    assert context.traceparent == f"00-{TRACE}-{'ab' * 8}-01"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"{SENT}\n{SENT}",
    ],
    ids=["absent", "empty", "short", "capitals", "no-trace", "no-span", "version", "longer", "two"],
)
def test_malformed_context_begins_another_trace(text: str | None) -> None:
    assert TraceContext.continued(text, new_hex=_hex) == TraceContext("ab" * 16, "ab" * 8)


def test_later_version_is_read_as_far_as_we_know_it() -> None:
    assert TraceContext.parse(f"01-{TRACE}-{SPAN}-01-what-comes") == TraceContext(
        TRACE, SPAN, is_sampled=True
    )


def test_log_lines_and_requests_of_a_block_belong_to_its_trace() -> None:
    with in_trace(TraceContext(TRACE, SPAN)):
        inside, bound = current_traceparent(), get_contextvars()

    assert inside == f"00-{TRACE}-{SPAN}-00"
    assert (bound["trace_id"], bound["span_id"]) == (TRACE, SPAN)
    assert current_traceparent() is None
