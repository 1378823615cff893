"""No statement leaves anything in a session: pooled connections are not cleared when they are given back."""

import re
from pathlib import Path

import pytest

from annex_shared.postgres.queries import load_queries

ROOT = Path(__file__).resolve().parents[2]
QUERIES = sorted(
    path for path in (ROOT / "services").glob("*/src/**/*.sql") if path.parent.name != "migrations"
)
# Run on connections of their own, which end with the lead they hold.
LEADS = {"become_relay_leader", "become_signer", "declare_checked"}
LEFT_BEHIND = {
    "a setting": re.compile(r"(\A|;)\s*SET\s+(?!LOCAL\b)", re.IGNORECASE),
    "a setting by function": re.compile(r"set_config\((?![^;]*,\s*true\s*\))", re.IGNORECASE),
    "a lock": re.compile(r"pg_(try_)?advisory_lock(_shared)?\(", re.IGNORECASE),
    "a listener": re.compile(r"\bLISTEN\b", re.IGNORECASE),
    "a cursor": re.compile(r"\bWITH HOLD\b", re.IGNORECASE),
    "a table": re.compile(r"\bCREATE\s+(LOCAL\s+)?TEMP", re.IGNORECASE),
}
_COMMENT = re.compile(r"--.*$", re.MULTILINE)


@pytest.mark.parametrize("file", QUERIES, ids=lambda file: str(file.relative_to(ROOT / "services")))
def test_a_statement_changes_its_transaction_only(file: Path) -> None:
    left = [
        (name, what)
        for name, statement in load_queries(file).items()
        for what, pattern in LEFT_BEHIND.items()
        if name not in LEADS and pattern.search(_COMMENT.sub("", statement))
    ]

    assert left == []


def test_there_are_statements_to_look_at() -> None:
    assert QUERIES


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("SET ROLE registry_reader", "a setting"),
        ("SELECT set_config('app.tenant_id', $1, false)", "a setting by function"),
        ("SELECT pg_advisory_lock(1)", "a lock"),
        ("LISTEN news", "a listener"),
    ],
)
def test_what_a_session_would_keep_is_recognised(statement: str, what: str) -> None:
    assert LEFT_BEHIND[what].search(statement)
