import pytest

from annex_gateway.domain.debug_gate import DEBUG_LOGS, DebugGate
from annex_gateway.domain.errors import DebugNotGranted
from annex_shared.errors import AnnexError
from unit.gateway.builders import an_install


@pytest.mark.parametrize("text", ["acme.notes", "Acme.NOTES", "other.thing, acme.*", "*"])
def test_what_the_operator_named_may_be_watched(text: str) -> None:
    DebugGate.parse(text).require_open(an_install(publisher="acme", name="notes"))


@pytest.mark.parametrize("text", ["", "acme.other", "notes.*", "acme-notes.*"])
def test_what_nobody_named_may_not_be_watched(text: str) -> None:
    gate = DebugGate.parse(text)

    with pytest.raises(DebugNotGranted) as refused:
        gate.require_open(an_install(publisher="acme", name="notes"))

    assert refused.value.details["capability"] == DEBUG_LOGS


def test_the_tenants_grant_is_enough() -> None:
    DebugGate.parse("").require_open(an_install(grants=frozenset({DEBUG_LOGS})))


def test_another_grant_is_not() -> None:
    with pytest.raises(DebugNotGranted):
        DebugGate.parse("").require_open(an_install(grants=frozenset({"cap:log.emit"})))


@pytest.mark.parametrize("text", ["acme", "acme.", ".notes", "*.notes", "acme.no tes"])
def test_a_list_that_names_no_extension_is_refused(text: str) -> None:
    with pytest.raises(AnnexError):
        DebugGate.parse(text)
