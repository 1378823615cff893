from dataclasses import replace

from annex_runner_proxy.adapters.remote_runner import request_of
from annex_runner_proxy.domain.limits import PlatformLimits
from unit.runner_proxy.fakes import an_execution, an_install


def test_every_limit_the_contract_can_name_is_handed_on() -> None:
    limits = replace(PlatformLimits().defaults(), cpu_ms=700, fuel=9_000, memory_bytes=64 << 20)

    handed = request_of(an_execution(), an_install(), timeout_ms=900, limits=limits).limits

    assert (handed.timeout_ms, handed.cpu_ms, handed.memory_mb, handed.fuel) == (900, 700, 64, 9_000)
