"""How many refusals of a tenant are worth a row of the record: some for whoever looks, no flood."""

from dataclasses import dataclass, field

from annex_shared.ids import TenantId

# Beyond so many the budgets begin anew: memory stays small, and nobody has that many tenants refused at once.
_MOST_TENANTS = 10_000


@dataclass(slots=True)
class RefusalBudget:
    """A bucket for each tenant, filled at a steady rate."""

    per_second: float = 10.0
    burst: float = 50.0
    _left: dict[TenantId, tuple[float, float]] = field(default_factory=dict)

    def take(self, tenant_id: TenantId, *, at: float) -> bool:
        """Spend one; ``at`` is a moment of a clock that only grows."""
        left, since = self._left.get(tenant_id, (self.burst, at))
        left = min(self.burst, left + (at - since) * self.per_second)
        is_allowed = left >= 1
        if tenant_id not in self._left and len(self._left) >= _MOST_TENANTS:
            self._left.clear()
        self._left[tenant_id] = (left - 1 if is_allowed else left, at)
        return is_allowed
