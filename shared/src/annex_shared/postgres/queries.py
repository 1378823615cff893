"""Named statements from .sql files: `-- name: add_version` begins one; parameters are PostgreSQL's own $1."""

import re
from importlib.resources.abc import Traversable

_NAME = re.compile(r"^-- name: ([a-z0-9_]+)\s*$", re.MULTILINE)


def load_queries(file: Traversable) -> dict[str, str]:
    """Return statements by name; a file with a repeated name or text before the first one is a mistake."""
    parts = _NAME.split(file.read_text())
    if parts[0].strip() and not all(line.startswith("--") for line in parts[0].strip().splitlines()):
        raise ValueError(f"{file.name}: a statement has no name")
    names, statements = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{file.name}: a statement name is repeated")
    return {name: statement.strip() for name, statement in zip(names, statements, strict=True)}
