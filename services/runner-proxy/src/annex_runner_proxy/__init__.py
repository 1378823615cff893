"""The runner-proxy service: the guard in front of extension code."""
