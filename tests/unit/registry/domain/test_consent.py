"""Consent: what is asked for is granted, denied or undecided, and a denial holds until it is changed."""

import pytest

from annex_registry.domain.consent import Consent
from annex_registry.domain.errors import ConsentRequired, GrantNotRequested, InvalidGrants
from unit.registry.builders import a_version

V1 = a_version("1.0.0", capabilities=("cap:http.fetch", "cap:log.emit", "cap:storage.kv"))
V2 = a_version("2.0.0", ext_seq=1, capabilities=("cap:http.fetch", "cap:secrets.get"))
V3 = a_version("3.0.0", ext_seq=2, capabilities=("cap:http.fetch", "cap:storage.kv"))


def test_grants_alone_deny_the_rest() -> None:
    consent = Consent().decided(V1, grants=["storage.kv"], denied=None)

    assert consent == Consent(("cap:storage.kv",), ("cap:http.fetch",))
    assert consent.undecided(V1) == ()


def test_with_both_lists_everything_must_be_named() -> None:
    with pytest.raises(ConsentRequired) as refused:
        Consent().decided(V1, grants=[], denied=["storage.kv"])

    assert refused.value.details["new_capabilities"] == ["cap:http.fetch"]
    assert "cap:http.fetch" in refused.value.message


def test_denied_alone_takes_away_what_was_granted() -> None:
    consent = Consent(("cap:http.fetch", "cap:storage.kv")).decided(V1, grants=None, denied=["http.fetch"])

    assert consent == Consent(("cap:storage.kv",), ("cap:http.fetch",))


def test_an_upgrade_that_asks_for_more_needs_consent_again() -> None:
    with pytest.raises(ConsentRequired) as refused:
        Consent(("cap:http.fetch",), ("cap:storage.kv",)).for_version(V2)

    assert refused.value.details == {
        "extension": "acme/invoice-notes",
        "version": "2.0.0",
        "new_capabilities": ["cap:secrets.get"],
        "capabilities": ["cap:http.fetch", "cap:secrets.get"],
        "grants": ["cap:http.fetch"],
        "denied": ["cap:storage.kv"],
    }


def test_a_denial_outlives_versions_that_do_not_ask() -> None:
    first = Consent(("cap:http.fetch",), ("cap:storage.kv",))

    second = first.decided(V2, grants=["http.fetch"], denied=None)
    third = second.for_version(V3)

    assert second.denied == ("cap:secrets.get", "cap:storage.kv")
    assert third == Consent(("cap:http.fetch",), ("cap:secrets.get", "cap:storage.kv"))


def test_a_grant_ends_with_the_version_that_asks_for_it() -> None:
    consent = Consent(("cap:http.fetch", "cap:storage.kv"))

    second = consent.decided(V2, grants=["http.fetch"], denied=["secrets.get"])

    assert second.granted == ("cap:http.fetch",)
    with pytest.raises(ConsentRequired):
        second.for_version(V3)


def test_a_grant_takes_a_denial_back() -> None:
    consent = Consent((), ("cap:http.fetch", "cap:storage.kv")).decided(
        V1, grants=["http.fetch"], denied=None
    )

    assert consent == Consent(("cap:http.fetch",), ("cap:storage.kv",))


@pytest.mark.parametrize(
    ("grants", "denied", "error"),
    [
        (["http.fetch", "storage.kv"], ["HTTP.fetch"], InvalidGrants),
        (["http.fetch", "storage.kv"], ["log.emit"], InvalidGrants),
        (["http.fetch"], ["secrets.get"], GrantNotRequested),
        (["secrets.get"], [], GrantNotRequested),
    ],
)
def test_lists_that_make_no_sense_are_refused(
    grants: list[str], denied: list[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        Consent().decided(V1, grants=grants, denied=denied)
