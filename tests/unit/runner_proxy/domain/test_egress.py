from ipaddress import ip_address

import pytest

from annex_runner_proxy.domain.addresses import parse_networks
from annex_runner_proxy.domain.egress import (
    EgressFailed,
    EgressPolicy,
    begin_subrequest,
    parse_denied_hosts,
)
from annex_runner_proxy.domain.errors import SubrequestLimitExceeded
from annex_runner_proxy.domain.web_target import parse_target
from annex_shared.host_patterns import HostPattern, parse_host_patterns
from unit.runner_proxy.fakes import a_scope, an_install

TARGET = parse_target("https://api.example.com/v1")


def hosts(*texts: str) -> tuple[HostPattern, ...]:
    return parse_host_patterns(texts)


@pytest.mark.parametrize(
    ("declared", "allowed", "denied"),
    [
        ((), (), ()),
        (("api.example.com",), (), ()),
        ((), ("api.example.com",), ()),
        (("*.example.com",), ("other.example.com",), ()),
        (("http://api.example.com",), ("http://api.example.com",), ()),
        (("*.example.com",), ("api.example.com",), ("api.example.com",)),
        (("*.example.com",), ("api.example.com",), ("*.example.com",)),
    ],
    ids=[
        "nothing",
        "only-declared",
        "only-allowed",
        "another-host",
        "another-scheme",
        "denied",
        "denied-below",
    ],
)
def test_a_host_is_refused_unless_declared_allowed_and_not_denied(
    declared: tuple[str, ...], allowed: tuple[str, ...], denied: tuple[str, ...]
) -> None:
    policy = EgressPolicy(parse_denied_hosts(denied))
    install = an_install(declared_egress=hosts(*declared), egress=hosts(*allowed))

    with pytest.raises(EgressFailed) as refusal:
        policy.require_host(install, TARGET)

    assert refusal.value.error == "not-allowed"


def test_a_declared_and_allowed_host_is_called() -> None:
    install = an_install(declared_egress=hosts("*.example.com"), egress=hosts("api.example.com"))

    EgressPolicy(parse_denied_hosts(["example.com", "*.other.com"])).require_host(install, TARGET)


@pytest.mark.parametrize(
    ("controlled", "reason"),
    [
        ((), "the tenant's controls do not allow the host"),
        (("other.example.com",), "the tenant's controls do not allow the host"),
        (("http://api.example.com",), "the tenant's controls do not allow the host"),
    ],
    ids=["no host at all", "another host", "another scheme"],
)
def test_a_host_the_install_allows_and_the_tenants_controls_do_not_is_refused_and_the_list_is_named(
    controlled: tuple[str, ...], reason: str
) -> None:
    install = an_install(
        declared_egress=hosts("*.example.com"),
        egress=hosts("api.example.com"),
        controlled_egress=hosts(*controlled),
    )

    with pytest.raises(EgressFailed) as refusal:
        EgressPolicy().require_host(install, TARGET)

    assert (refusal.value.error, refusal.value.reason) == ("not-allowed", reason)


def test_the_tenants_controls_open_nothing_that_the_install_does_not_allow() -> None:
    install = an_install(declared_egress=hosts("*.example.com"), controlled_egress=hosts("*.example.com"))

    with pytest.raises(EgressFailed) as refusal:
        EgressPolicy().require_host(install, TARGET)

    assert refusal.value.reason == "the install does not allow the host"


def test_one_private_address_among_public_ones_spoils_the_answer() -> None:
    answer = [ip_address("8.8.8.8"), ip_address("127.0.0.1")]

    with pytest.raises(EgressFailed) as refusal:
        EgressPolicy().usable("api.example.com", answer)

    assert refusal.value.error == "not-allowed"


def test_a_denied_network_is_refused_though_it_is_public() -> None:
    policy = EgressPolicy(deny_networks=parse_networks(["8.8.8.0/24"]))

    with pytest.raises(EgressFailed):
        policy.usable("api.example.com", [ip_address("::ffff:8.8.8.8")])


def test_a_private_host_named_by_the_operator_may_be_private_and_nothing_worse() -> None:
    policy = EgressPolicy(private_hosts=frozenset({"intranet"}))
    address = ip_address("10.0.0.1")

    assert policy.usable("intranet", [address]) == (address,)
    for host, bad in (("intranet", "169.254.169.254"), ("intranet", "0.0.0.0"), ("other", "10.0.0.1")):  # noqa: S104 - refused
        with pytest.raises(EgressFailed):
            policy.usable(host, [ip_address(bad)])


def test_a_name_without_address_is_a_failed_transport() -> None:
    with pytest.raises(EgressFailed) as refusal:
        EgressPolicy().usable("api.example.com", [])

    assert refusal.value.error == "transport"


def test_subrequests_are_counted_and_end_the_call_at_their_limit() -> None:
    scope = a_scope(subrequests=2)
    begin_subrequest(scope)
    begin_subrequest(scope)

    with pytest.raises(SubrequestLimitExceeded) as refusal:
        begin_subrequest(scope)

    assert refusal.value.kind == "subrequests"
    assert scope.subrequests == 2


def test_subrequests_at_once_have_a_limit() -> None:
    scope = a_scope(subrequests_at_once=1, subrequests_in_flight=1)

    with pytest.raises(SubrequestLimitExceeded) as refusal:
        begin_subrequest(scope)

    assert refusal.value.kind == "subrequests_at_once"


def test_bytes_are_counted_over_all_subrequests_and_content_for_each() -> None:
    scope = a_scope(egress_bytes=100, subrequest_bytes=50)
    first, second = begin_subrequest(scope), begin_subrequest(scope)
    first.moved(60)
    first.content(50)
    second.content(50)

    with pytest.raises(SubrequestLimitExceeded) as over_all:
        second.moved(41)
    with pytest.raises(SubrequestLimitExceeded) as of_one:
        first.content(1)

    assert (over_all.value.kind, of_one.value.kind) == ("egress_bytes", "subrequest_bytes")
