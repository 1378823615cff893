"""Runner-proxy's own schema in PostgreSQL: what extensions store, schedule and are told."""
