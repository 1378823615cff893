"""Versions as a table that fits the terminal: the least important column goes first, and it is said."""

from collections.abc import Sequence

from annex_cli.presenting import moment, size
from annex_shared.contracts.versions import VersionRow
from annex_shared.display_text import shown

_GAP = "  "
_NOTHING = "–"  # noqa: RUF001 - an en dash is how an empty cell is written
_PUBLISHED = "published"
# Most important first; the first two are never dropped.
_IMPORTANCE = ("VERSION", "INSTALLED", "PUBLISHED", "CONTENT HASH", "NOTE", "SIGNER", "SIZE")
_KEPT = 2


def version_table(rows: Sequence[VersionRow], *, width: int) -> str:
    """Lay out the columns; a column that is empty in every row is left out."""
    columns = {
        "VERSION": [shown(row.version) for row in rows],
        "PUBLISHED": [moment(row.published_at) for row in rows],
        "CONTENT HASH": [row.content_hash.short for row in rows],
        "SIZE": [size(row.size_bytes) for row in rows],
        "SIGNER": [shown(row.signer) if row.signer else "unsigned" for row in rows],
        "INSTALLED": ["installed" if row.installed else _NOTHING for row in rows],
        "NOTE": [_note(row) for row in rows],
    }
    columns = {name: cells for name, cells in columns.items() if any(cells)}
    dropped = _drop_until_fitting(columns, width)
    lines = _lines(columns)
    if dropped:
        lines.append(f"Not shown, the terminal is too narrow: {', '.join(dropped)}.")
    return "\n".join(lines)


def _drop_until_fitting(columns: dict[str, list[str]], width: int) -> list[str]:
    present = [name for name in reversed(_IMPORTANCE[_KEPT:]) if name in columns]
    dropped: list[str] = []
    while _width(columns) > width and len(dropped) < len(present):
        name = present[len(dropped)]
        del columns[name]
        dropped.append(name.lower())
    return dropped


def _note(row: VersionRow) -> str:
    notes = [] if row.status == _PUBLISHED else [shown(row.status)]
    if row.imported:
        notes.append("imported")
    if row.bundle_count > 1:
        notes.append(f"{row.bundle_count} bundles, the newest is shown")
    return "; ".join(notes)


def _width(columns: dict[str, list[str]]) -> int:
    return sum(max(map(len, (name, *cells))) for name, cells in columns.items()) + len(_GAP) * (
        len(columns) - 1
    )


def _lines(columns: dict[str, list[str]]) -> list[str]:
    widths = [max(map(len, (name, *cells))) for name, cells in columns.items()]
    table = [tuple(columns), *zip(*columns.values(), strict=True)]
    return [
        _GAP.join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in table
    ]
