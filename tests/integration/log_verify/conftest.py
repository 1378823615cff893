"""The registry's fixtures: its world, its bus and who makes its log's key."""

from integration.registry.conftest import auditor, bus, registry_url, world

__all__ = ["auditor", "bus", "registry_url", "world"]
