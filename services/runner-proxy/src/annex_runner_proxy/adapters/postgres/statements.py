"""The named statements of runner-proxy, loaded once from the .sql files."""

from importlib.resources import files

from annex_shared.postgres.queries import load_queries

_QUERIES = files("annex_runner_proxy") / "adapters" / "postgres" / "queries"

STORAGE = load_queries(_QUERIES / "storage.sql")
SCHEDULES = load_queries(_QUERIES / "schedules.sql")
DISPATCHES = load_queries(_QUERIES / "dispatches.sql")
SUBSCRIPTIONS = load_queries(_QUERIES / "subscriptions.sql")

ALL_STATEMENTS = {
    f"{noun}.{name}": statement
    for noun, statements in (
        ("storage", STORAGE),
        ("schedules", SCHEDULES),
        ("dispatches", DISPATCHES),
        ("subscriptions", SUBSCRIPTIONS),
    )
    for name, statement in statements.items()
}
