"""Parts of the gateway put together, for ``app.py``."""
