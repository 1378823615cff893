"""The private PostgreSQL and Valkey of the embedded platform."""
