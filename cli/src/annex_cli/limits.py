"""The limits of a call as a table: the platform's figures, and what administrators set for an extension."""

from collections.abc import Sequence
from typing import Final

from annex_cli.controls import figures_of
from annex_cli.table import text_table
from annex_shared.contracts.controls import EffectiveControls
from annex_shared.contracts.limits import LimitView

_MEBIBYTE: Final = 1024 * 1024
_NOT_COUNTED = "not counted"


def limits_text(limits: Sequence[LimitView], effective: EffectiveControls | None) -> str:
    head = ("LIMIT", "DEFAULT", "CEILING", "UNIT", "BEYOND IT")
    rows = [
        (
            limit.name,
            _NOT_COUNTED if limit.default is None else f"{limit.default:,}",
            f"{limit.ceiling:,}",
            limit.unit,
            limit.code or "the call goes on",
        )
        for limit in limits
    ]
    if effective is None:
        return text_table(head, rows)
    placed = [
        (row[0], *row[1:3], _set(limit, effective), *row[3:]) for row, limit in zip(rows, limits, strict=True)
    ]
    table = text_table((*head[:3], "SET", *head[3:]), placed)
    figures = {
        name: figure for name, figure in figures_of(effective).items() if not name.startswith("limits.")
    }
    return f"{table}\n\n" + text_table(("BESIDES", "HOLDS"), list(figures.items()))


def _set(limit: LimitView, effective: EffectiveControls) -> str:
    """Write what administrators say of a limit, in its own unit."""
    value = effective.limits.get(limit.asked_as or "")
    if value is None:
        return "-"
    return f"{value * _MEBIBYTE if limit.asked_as == 'memory_mb' else value:,}"
