"""The named statements of runner-proxy, loaded once from the .sql files."""

from importlib.resources import files

from annex_shared.postgres.queries import load_queries

_QUERIES = files("annex_runner_proxy") / "adapters" / "postgres" / "queries"

STORAGE = load_queries(_QUERIES / "storage.sql")

ALL_STATEMENTS = {f"storage.{name}": statement for name, statement in STORAGE.items()}
