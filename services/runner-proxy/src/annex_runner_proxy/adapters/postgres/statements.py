"""The named statements of schedules, dispatches and subscriptions, loaded once from the .sql files."""

from importlib.resources import files

from annex_shared.postgres.queries import load_queries

_FOLDER = files("annex_runner_proxy") / "adapters" / "postgres" / "queries"

SCHEDULES = load_queries(_FOLDER / "schedules.sql")
DISPATCHES = load_queries(_FOLDER / "dispatches.sql")
SUBSCRIPTIONS = load_queries(_FOLDER / "subscriptions.sql")
