"""Fixtures for every test: the real servers and the guard around the suite."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["support.stack.fixtures"]

# How long an example takes says something about the machine, and nothing about the code.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("short", UNTIMED, max_examples=25)
settings.register_profile("thorough", UNTIMED, max_examples=500)
settings.load_profile("short")
