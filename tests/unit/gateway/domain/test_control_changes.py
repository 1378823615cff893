import json

from annex_gateway.domain.control_changes import ruling_document, to_ruling
from annex_gateway.domain.controls import Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.rate_limits import RateLimit
from annex_gateway.domain.rulings import Dimension, Ruling


def test_what_is_said_survives_being_written_down() -> None:
    ruling = Ruling(
        rates={Dimension.USER: RateLimit(0.5, 3)},
        quotas=(Quota(QuotaScope.EXTENSION, QuotaKind.EGRESS_BYTES, QuotaWindow.MONTH, 0),),
        limits={"fuel": 10},
        egress_hosts=(),
        is_entitled=False,
    )

    assert to_ruling(json.loads(json.dumps(ruling_document(ruling)))) == ruling


def test_a_ruling_that_says_nothing_is_no_document() -> None:
    assert ruling_document(Ruling()) is None
    assert to_ruling(None) == Ruling()
