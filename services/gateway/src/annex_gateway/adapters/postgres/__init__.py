"""The gateway's own schema in PostgreSQL."""
