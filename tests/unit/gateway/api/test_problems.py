from annex_gateway.api.problems import further_members, headers_of
from annex_gateway.domain.errors import MethodNotAllowed, PathRefused, RateLimited
from annex_gateway.domain.rate_limits import RateVerdict, buckets_of
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.ids import ExtensionId, InstallId
from unit.gateway.builders import TENANT, some_rates, uuid

DOCUMENT = ProblemDocument(
    type="/errors/x",
    title="X",
    status=400,
    detail="It is x.",
    instance="/",
    code="X",
    message="It is x.",
    request_id="r",
)


def test_clients_of_the_predecessor_find_its_members_on_its_publish_routes() -> None:
    assert further_members("/api/ext-bundles/finalize", DOCUMENT) == {
        "success": False,
        "error": {"code": "X", "message": "It is x."},
    }


def test_other_routes_answer_plain_problems() -> None:
    assert further_members("/api/ext/acme.notes/ext-bundles/", DOCUMENT) == {}


def test_a_wrong_method_comes_with_the_possible_ones() -> None:
    assert headers_of(MethodNotAllowed("no", allowed=["GET", "HEAD"])) == [("allow", "GET, HEAD")]


def test_a_used_up_rate_comes_with_its_fields() -> None:
    bucket = buckets_of(TENANT, InstallId(uuid(1)), ExtensionId(uuid(2)), "alice", some_rates())[0]
    verdict = RateVerdict(is_allowed=False, bucket=bucket, remaining=0, retry_after_us=1, reset_us=1)

    assert dict(headers_of(RateLimited("no", verdict=verdict)))["ratelimit"].startswith('"tenant";r=0;t=1;')


def test_other_refusals_need_no_header() -> None:
    assert headers_of(PathRefused("no")) == []
