import pytest

from annex_gateway.actions.switches import require_switched_on
from annex_gateway.domain.controls import Controls, Stop
from annex_gateway.domain.errors import KillSwitchOn, TenantNotEntitled
from unit.gateway.builders import some_rates


def test_what_nobody_stopped_runs() -> None:
    require_switched_on(Controls(some_rates()))


def test_a_switch_gives_its_scope_and_reason() -> None:
    controls = Controls(some_rates(), stop=Stop("version", "It leaks."), is_entitled=False)

    with pytest.raises(KillSwitchOn) as refusal:
        require_switched_on(controls)

    assert refusal.value.details == {"scope": "version", "reason": "It leaks."}


def test_a_tenant_without_extensions_runs_none() -> None:
    with pytest.raises(TenantNotEntitled):
        require_switched_on(Controls(some_rates(), is_entitled=False))
