"""Fixtures for every test: the real servers and the guard around the suite."""

pytest_plugins = ["support.stack.fixtures"]
