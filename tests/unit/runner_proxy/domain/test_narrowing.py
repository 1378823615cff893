from annex_runner_proxy.domain.narrowing import NOTHING_TAKEN, Narrowing
from annex_shared.host_patterns import parse_host_patterns
from unit.runner_proxy.fakes import an_install

INSTALL = an_install(grants=frozenset({"cap:secrets.get", "cap:http.fetch"}), config={"a": "1", "b": "2"})


def test_saying_nothing_takes_nothing_away() -> None:
    assert NOTHING_TAKEN.of_install(INSTALL) == INSTALL


def test_capabilities_named_in_a_request_take_away_and_never_give() -> None:
    narrowed = Narrowing(capabilities=frozenset({"cap:http.fetch", "cap:storage.kv"})).of_install(INSTALL)

    assert narrowed.grants == {"cap:http.fetch"}


def test_config_named_in_a_request_hides_the_rest_and_changes_no_value() -> None:
    narrowed = Narrowing(config_keys=frozenset({"b", "c"})).of_install(INSTALL)

    assert narrowed.config == {"b": "2"}


def test_secrets_named_in_a_request_hide_the_others() -> None:
    narrowed = Narrowing(secret_names=frozenset({"api_key"})).of_install(INSTALL)

    assert [narrowed.shows_secret(name) for name in ("api_key", "other")] == [True, False]
    assert INSTALL.shows_secret("other")


def test_no_names_at_all_leave_nothing() -> None:
    narrowed = Narrowing(capabilities=frozenset(), config_keys=frozenset()).of_install(INSTALL)

    assert (narrowed.grants, narrowed.config) == (frozenset(), {})


def test_hosts_named_in_a_request_stand_beside_those_of_the_install() -> None:
    hosts = parse_host_patterns(["api.example.com"])

    narrowed = Narrowing(egress=hosts).of_install(INSTALL)

    assert (narrowed.controlled_egress, narrowed.egress) == (hosts, INSTALL.egress)
    assert INSTALL.controlled_egress is None
