"""PostgreSQL: the records of the registry, their statements and migrations."""
