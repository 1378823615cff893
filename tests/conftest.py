"""Fixtures for every test: the real servers and the guard around the suite."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["support.stack.fixtures"]

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("annex", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("annex")
