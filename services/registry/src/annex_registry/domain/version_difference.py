"""What changes for a tenant between two versions: what is asked for, what is offered, where it shows."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from annex_shared.manifest import Manifest

Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Changed(Generic[Item]):
    """What is there only afterwards, and what only before; both in order."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]

    @classmethod
    def between(cls, before: Iterable[Item], after: Iterable[Item]) -> "Changed[Item]":
        old, new = set(before), set(after)
        return cls(tuple(sorted(new - old, key=repr)), tuple(sorted(old - new, key=repr)))


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """From one version's manifest to another's. A hook or endpoint that changed is removed and added."""

    capabilities: Changed[str]
    endpoints: Changed[tuple[str, str]]
    ui_hooks: Changed[tuple[str, str]]

    @classmethod
    def between(cls, before: Manifest, after: Manifest) -> "VersionDifference":
        return cls(
            capabilities=Changed.between(before.capabilities, after.capabilities),
            endpoints=Changed.between(_endpoints(before), _endpoints(after)),
            ui_hooks=Changed.between(_ui_hooks(before), _ui_hooks(after)),
        )


def _endpoints(manifest: Manifest) -> list[tuple[str, str]]:
    return [(endpoint.method, endpoint.path) for endpoint in manifest.endpoints]


def _ui_hooks(manifest: Manifest) -> list[tuple[str, str]]:
    """Name each hook with what it says, so that a new label shows as a change; hooks we ignore too."""
    if manifest.ui is None or manifest.ui.hooks is None:
        return []
    hooks = manifest.ui.hooks.model_dump(mode="json", exclude_none=True)
    return [(name, _label(hook)) for name, hook in hooks.items()]


def _label(hook: object) -> str:
    return str(hook.get("label", "")) if isinstance(hook, Mapping) else ""
