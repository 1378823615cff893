"""The policy of switches: what administrators stopped is not run, whoever asks for it."""

from annex_gateway.domain.controls import Controls
from annex_gateway.domain.errors import KillSwitchOn, TenantNotEntitled
from annex_shared.display_text import shown


def require_switched_on(controls: Controls) -> None:
    """Raise KillSwitchOn or TenantNotEntitled."""
    if controls.stop is not None:
        raise KillSwitchOn(
            f"Whoever operates this platform stopped this {controls.stop.scope}, and nothing of it is run. "
            f"They say: {shown(controls.stop.reason, limit=500)}",
            details={"scope": controls.stop.scope, "reason": controls.stop.reason},
        )
    if not controls.is_entitled:
        raise TenantNotEntitled(
            "Your tenant has no extensions on this platform. Ask whoever operates it to switch them on."
        )
