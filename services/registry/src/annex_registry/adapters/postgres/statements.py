"""The named statements of the registry, loaded once from the .sql files."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from annex_shared.postgres.queries import load_queries

_FOLDER = files("annex_registry") / "adapters" / "postgres"

MIGRATIONS: Traversable = _FOLDER / "migrations"

PUBLISHERS = load_queries(_FOLDER / "queries" / "publishers.sql")
EXTENSIONS = load_queries(_FOLDER / "queries" / "extensions.sql")
VERSIONS = load_queries(_FOLDER / "queries" / "versions.sql")
BUNDLE_INDEXES = load_queries(_FOLDER / "queries" / "bundle_indexes.sql")
VERSION_STATUSES = load_queries(_FOLDER / "queries" / "version_statuses.sql")
INSTALLS = load_queries(_FOLDER / "queries" / "installs.sql")
APP_DOMAINS = load_queries(_FOLDER / "queries" / "app_domains.sql")
ATTEMPTS = load_queries(_FOLDER / "queries" / "attempts.sql")
TOKEN_BUCKETS = load_queries(_FOLDER / "queries" / "token_buckets.sql")
TRUSTED_PUBLISHING = load_queries(_FOLDER / "queries" / "trusted_publishing.sql")
OUTBOX = load_queries(_FOLDER / "queries" / "outbox.sql")
IMPORTS = load_queries(_FOLDER / "queries" / "imports.sql")
LOG = load_queries(_FOLDER / "queries" / "log.sql")

ALL_STATEMENTS = {
    f"{noun}.{name}": statement
    for noun, statements in {
        "publishers": PUBLISHERS,
        "extensions": EXTENSIONS,
        "versions": VERSIONS,
        "bundle_indexes": BUNDLE_INDEXES,
        "version_statuses": VERSION_STATUSES,
        "installs": INSTALLS,
        "app_domains": APP_DOMAINS,
        "attempts": ATTEMPTS,
        "token_buckets": TOKEN_BUCKETS,
        "trusted_publishing": TRUSTED_PUBLISHING,
        "outbox": OUTBOX,
        "imports": IMPORTS,
        "log": LOG,
    }.items()
    for name, statement in statements.items()
}
