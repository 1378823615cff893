"""What an operator allows one install in place of the platform's defaults; the runner-proxy applies it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class InstanceReuse:
    """How long one instance may serve calls of the install."""

    max_requests: int
    max_idle_seconds: float


@dataclass(frozen=True, slots=True)
class InstallLimits:
    """``figures`` are by name; what a name means and its ceiling are the runner-proxy's to say."""

    figures: Mapping[str, int] = field(default_factory=dict)
    reuse: InstanceReuse | None = None

    @classmethod
    def stored(cls, document: Mapping[str, Any] | None) -> "InstallLimits":
        """Read what ``to_stored`` wrote."""
        if document is None:
            return cls()
        reuse = document.get("reuse")
        return cls(
            document["limits"],
            None if reuse is None else InstanceReuse(reuse["max_requests"], reuse["max_idle_seconds"]),
        )

    def to_stored(self) -> dict[str, Any] | None:
        if not self.figures and self.reuse is None:
            return None
        reuse = self.reuse
        return {
            "limits": dict(self.figures),
            "reuse": None
            if reuse is None
            else {"max_requests": reuse.max_requests, "max_idle_seconds": reuse.max_idle_seconds},
        }
