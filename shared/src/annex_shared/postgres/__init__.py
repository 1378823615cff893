"""PostgreSQL the way every service uses it: a pool, forward-only migrations, named statements."""
