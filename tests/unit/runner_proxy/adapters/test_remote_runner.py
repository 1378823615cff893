from dataclasses import replace

from annex_runner_proxy.adapters.remote_runner import request_of
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_shared.host_patterns import parse_host_patterns
from unit.runner_proxy.fakes import an_execution, an_install


def test_every_limit_the_contract_can_name_is_handed_on() -> None:
    limits = replace(PlatformLimits().defaults(), cpu_ms=700, fuel=9_000, memory_bytes=64 << 20)

    handed = request_of(an_execution(), an_install(), timeout_ms=900, limits=limits).limits

    assert (handed.timeout_ms, handed.cpu_ms, handed.memory_mb, handed.fuel) == (900, 700, 64, 9_000)


def test_the_hosts_of_the_tenants_controls_are_handed_on_and_no_list_stays_none() -> None:
    controlled = an_install(controlled_egress=parse_host_patterns(["*.example.com", "http://a.example.com"]))
    limits = PlatformLimits().defaults()

    requests = [
        request_of(an_execution(), install, timeout_ms=900, limits=limits)
        for install in (an_install(), an_install(controlled_egress=()), controlled)
    ]

    assert [request.egress_hosts for request in requests] == [
        None,
        [],
        ["*.example.com", "http://a.example.com"],
    ]
