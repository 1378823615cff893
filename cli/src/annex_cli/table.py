"""Rows of cells as columns of text."""

from collections.abc import Sequence

_GAP = "  "
_KEPT = 2


def text_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None = None) -> str:
    """Lay out columns, the most important first; a narrow terminal goes without the last, and is told."""
    shown = len(head)
    while width is not None and shown > _KEPT and _width(head[:shown], rows) > width:
        shown -= 1
    lines = _lines(head[:shown], [row[:shown] for row in rows])
    if shown < len(head):
        dropped = ", ".join(name.lower() for name in head[shown:])
        lines.append(f"Not shown, the terminal is too narrow: {dropped}.")
    return "\n".join(lines)


def _width(head: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    columns = zip(head, *(row[: len(head)] for row in rows), strict=True)
    return sum(max(map(len, column)) for column in columns) + len(_GAP) * (len(head) - 1)


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, *rows)
    ]
