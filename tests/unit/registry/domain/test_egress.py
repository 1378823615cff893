import pytest

from annex_registry.domain.egress import allowed_again, declared_egress, spelled, still_declared


@pytest.mark.parametrize(
    "manifest", [None, {}, {"x-annex-egress": "a.example"}, {"x-annex-egress": [7, "*"]}]
)
def test_a_field_that_meant_nothing_when_it_was_published_declares_nothing(manifest: object) -> None:
    assert declared_egress(manifest) == ()


def test_declared_hosts_are_read_in_one_spelling() -> None:
    assert declared_egress({"x-annex-egress": ["A.example", "a.example."]}) == ("a.example",)
    assert spelled(None) == ()


def test_what_is_declared_no_more_is_allowed_no_more() -> None:
    assert still_declared(("a.x.example", "b.example"), ("*.x.example",)) == ("a.x.example",)


def test_what_was_taken_away_since_does_not_come_back() -> None:
    then = ("a.example", "b.example", "c.example")

    assert allowed_again(then, allowed_now=("a.example",), declared_now=("a.example", "b.example")) == (
        "a.example",
        "c.example",
    )
