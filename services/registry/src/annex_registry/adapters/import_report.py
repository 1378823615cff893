"""The report of an import: lines for people as it goes, a table at the end, and JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TextIO

from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.importation import ImportRow, Outcome, RowKind

_FORMAT = "annex-import-report/v1"
# The table is for reading; the JSON has every row.
_MOST_SHOWN = 500


class ReportNotWritten(UnavailableError):
    """The file of the report cannot be written; what was imported stays imported."""


class JsonReport:
    """Writes rows as they come, so that a report of any length needs no memory; in place when complete."""

    def __init__(self, path: Path, *, is_rehearsal: bool) -> None:
        self._path = path
        self._aside = path.with_name(f"{path.name}.partial")
        self._count = 0
        self._file: IO[str] = self._opened()
        head = {"format": _FORMAT, "dry_run": is_rehearsal}
        self._write(json.dumps(head)[:-1] + ', "rows": [')

    def add(self, row: ImportRow) -> None:
        separator = ",\n" if self._count else "\n"
        self._count += 1
        self._write(separator + json.dumps(_document(row)))

    def close(self, totals: dict[str, dict[str, int]], *, attention: int, is_complete: bool) -> None:
        tail = {"totals": totals, "needs_attention": attention, "complete": is_complete}
        self._write("\n], " + json.dumps(tail)[1:] + "\n")
        try:
            self._file.close()
            self._aside.replace(self._path)
        except OSError as error:
            raise self._not_written(error) from error

    def discard(self) -> None:
        """Leave no file: nothing was begun."""
        self._file.close()
        self._aside.unlink(missing_ok=True)

    def _opened(self) -> IO[str]:
        try:
            return self._aside.open("w", encoding="utf-8")
        except OSError as error:
            raise self._not_written(error) from error

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> ReportNotWritten:
        return ReportNotWritten(f"The report cannot be written to {self._path}: {error.strerror}.")


def _document(row: ImportRow) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "outcome": row.outcome.value,
        "subject": row.subject,
        "source_id": str(row.source_id),
        "code": row.code,
        "message": row.message,
        "bundle_count": row.bundle_count,
        "remarks": [
            {"code": remark.code, "message": remark.message, "is_loss": remark.is_loss}
            for remark in row.remarks
        ],
    }


@dataclass(slots=True)
class ImportReportWriter:
    """Meets ``ImportReport``: progress on one stream, the table on another, every row in a file."""

    out: TextIO
    progress_to: TextIO
    is_rehearsal: bool
    file: JsonReport | None = None
    attention: int = 0
    _totals: Counter[tuple[RowKind, Outcome]] = field(default_factory=Counter)
    _shown: list[ImportRow] = field(default_factory=list)

    def add(self, row: ImportRow) -> None:
        self._totals[row.kind, row.outcome] += 1
        if row.needs_attention:
            self.attention += 1
        if (row.needs_attention or row.remarks or row.message) and len(self._shown) <= _MOST_SHOWN:
            self._shown.append(row)
        if self.file is not None:
            self.file.add(row)

    def progress(self, done: int, total: int, subject: str) -> None:
        self.progress_to.write(f"{done}/{total} {subject}\n")

    def discard(self) -> None:
        if self.file is not None:
            self.file.discard()

    def close(self, *, is_complete: bool) -> None:
        """Print the table and finish the file."""
        if self.file is not None:
            self.file.close(self._totals_by_name(), attention=self.attention, is_complete=is_complete)
        self.out.write("\n".join([*self._lines(is_complete=is_complete), ""]))

    def _totals_by_name(self) -> dict[str, dict[str, int]]:
        return {
            f"{kind.value}s": {outcome.value: self._totals[kind, outcome] for outcome in Outcome}
            for kind in RowKind
        }

    def _lines(self, *, is_complete: bool) -> Iterator[str]:
        if self.is_rehearsal:
            yield "Dry run: nothing was written. This is what an import would do."
        yield f"{'':<12}" + "".join(f"{outcome.value:>15}" for outcome in Outcome)
        for name, totals in self._totals_by_name().items():
            yield f"{name:<12}" + "".join(f"{count:>15,}" for count in totals.values())
        for row in self._shown[:_MOST_SHOWN]:
            yield ""
            yield f"{row.outcome.value:<14}{row.kind.value:<10}{row.subject}"
            if row.message is not None:
                yield f"  {row.code or 'note'}: {row.message}"
            for remark in row.remarks:
                yield f"  {remark.code}{'' if remark.is_loss else ' (note)'}: {remark.message}"
        if len(self._shown) > _MOST_SHOWN:
            yield f"\nMore rows have something to say than the {_MOST_SHOWN} shown; --json FILE has them all."
        if not is_complete:
            yield "\nThe import was stopped. Run it again: it goes on where it stopped."
