"""Runs of schedules and deliveries of events as people read them."""

from collections.abc import Sequence

from pydantic import JsonValue

from annex_cli.presenting import moment
from annex_cli.table import text_table
from annex_shared.contracts.schedules import AttemptView, DispatchView
from annex_shared.display_text import shown

_NONE = "–"  # noqa: RUF001 - an en dash is how an empty cell is written


def dispatch_document(item: DispatchView) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = item.model_dump(mode="json")
    return document


def dispatch_table(items: Sequence[DispatchView], *, source: str | None) -> str:
    """Write a list; ``source`` heads the column of what they belong to, None leaves it out."""
    head = ("ID", *((source,) if source else ()), "STATE", "TRIES", "LATENCY", "DUE", "ANSWER")
    return text_table(head, [_cells(item, has_source=source is not None) for item in items])


def dispatch_block(item: DispatchView) -> str:
    """Write all that is kept of one, attempt by attempt."""
    facts = {
        "id": item.id,
        "of": item.source,
        "event": item.event_id or _NONE,
        "state": item.state,
        "due": moment(item.due_at),
        "next try": moment(item.next_attempt_at) if item.next_attempt_at else _NONE,
        "answer": _answer(item.status, item.error_code),
    }
    lines = [f"{name:<12}{shown(text)}" for name, text in facts.items()]
    if item.error:
        lines.append(f"{'why':<12}{shown(item.error, limit=400)}")
    rows = [_attempt(attempt) for attempt in item.attempts]
    if rows:
        head = ("TRY", "BEGAN", "TOOK", "OUTCOME", "ANSWER", "EXECUTION")
        lines += ["", text_table(head, rows)]
    return "\n".join(lines)


def _cells(item: DispatchView, *, has_source: bool) -> tuple[str, ...]:
    return (
        item.id,
        *((shown(item.source, limit=60),) if has_source else ()),
        item.state,
        str(len(item.attempts)),
        _latency(item),
        moment(item.due_at),
        _answer(item.status, item.error_code),
    )


def _attempt(attempt: AttemptView) -> tuple[str, ...]:
    took = _NONE
    if attempt.finished_at is not None:
        took = f"{(attempt.finished_at - attempt.started_at).total_seconds() * 1000:.0f} ms"
    return (
        str(attempt.number),
        moment(attempt.started_at),
        took,
        attempt.outcome,
        _answer(attempt.status, attempt.error_code),
        shown(attempt.execution_id or _NONE, limit=40),
    )


def _latency(item: DispatchView) -> str:
    """Say how long it took from when it was due until it ended."""
    if item.finished_at is None:
        return _NONE
    seconds = (item.finished_at - item.due_at).total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - readable


def _answer(status: int | None, code: str | None) -> str:
    return " ".join([*([str(status)] if status else []), *([shown(code, limit=40)] if code else [])]) or _NONE
