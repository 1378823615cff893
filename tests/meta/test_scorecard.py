"""docs/scorecard.md: what it names exists, and no row is where it must not be."""

import re
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from annex_cli.program import annex

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scorecard.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
GATES = {23, 24, 32, 34, 37, 48, 53, 55}


@dataclass(frozen=True)
class Row:
    number: int
    is_gate: bool
    score: int
    evidence: tuple[str, ...]


def _row(line: str) -> Row:
    name, _, score, evidence, _ = (cell.strip() for cell in line.strip("|").split("|"))
    number, *gate = name.split()
    return Row(int(number), gate == ["G"], int(score), tuple(re.findall(r"`([^`]+)`", evidence)))


ROWS = [_row(line) for line in PAGE.splitlines() if re.match(r"\| \d", line)]


def _fault(named: str) -> str | None:
    """Say why a piece of evidence is none."""
    program, _, rest = named.partition(" ")
    if program == "annex":
        is_there = annex.get_command(click.Context(annex), rest) is not None
    elif program == "make":
        is_there = re.search(rf"^{re.escape(rest)}:", MAKEFILE, re.MULTILINE) is not None
    else:
        file, _, test = named.partition("::")
        is_there = _holds(file, test)
    return None if is_there else named


def _holds(file: str, test: str) -> bool:
    place = ROOT / file
    begin = f"def {test}(" if place.suffix == ".py" else f'"{test}"'
    return place.is_file() and begin in place.read_text(encoding="utf-8")


def test_every_row_is_scored_once() -> None:
    assert [row.number for row in ROWS] == list(range(23, 60))
    assert {row.number for row in ROWS if row.is_gate} == GATES


def test_no_row_is_at_nothing_and_no_gate_is_closed() -> None:
    assert [row for row in ROWS if row.score not in {1, 2, 3}] == []
    assert [row for row in ROWS if row.is_gate and row.score < 2] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_a_row_names_evidence_that_exists(row: Row) -> None:
    assert row.evidence
    assert [named for named in row.evidence if _fault(named)] == []


def test_a_test_that_is_gone_would_be_missed() -> None:
    assert _fault("tests/meta/test_scorecard.py::test_that_is_gone") is not None
    assert _fault("annex conjure") is not None
    assert _fault("make gold") is not None
