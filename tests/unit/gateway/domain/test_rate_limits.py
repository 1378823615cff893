from annex_gateway.domain.rate_limits import RateLimit, RateVerdict, buckets_of
from annex_shared.ids import ExtensionId
from unit.gateway.builders import OTHER_TENANT, TENANT, some_rates, uuid

LIMIT = RateLimit(per_second=10, burst=30)


def test_a_call_draws_from_its_tenant_and_from_the_extension_in_it() -> None:
    tenant, extension = buckets_of(TENANT, ExtensionId(uuid(2)), some_rates(LIMIT))

    assert (tenant.policy, extension.policy) == ("tenant", "extension")
    assert tenant.key != extension.key


def test_two_tenants_share_no_bucket() -> None:
    ours = {bucket.key for bucket in buckets_of(TENANT, ExtensionId(uuid(2)), some_rates(LIMIT))}
    theirs = {bucket.key for bucket in buckets_of(OTHER_TENANT, ExtensionId(uuid(2)), some_rates(LIMIT))}

    assert not ours & theirs


def test_the_buckets_of_a_tenant_live_in_one_slot() -> None:
    assert all(
        f"{{{TENANT}}}" in bucket.key
        for bucket in buckets_of(TENANT, ExtensionId(uuid(2)), some_rates(LIMIT))
    )


def test_a_verdict_reads_as_rate_limit_fields() -> None:
    bucket = buckets_of(TENANT, ExtensionId(uuid(2)), some_rates(LIMIT))[0]
    verdict = RateVerdict(
        is_allowed=False, bucket=bucket, remaining=0, retry_after_us=100, reset_us=2_900_001
    )

    assert verdict.headers() == [
        ("ratelimit-policy", '"tenant";q=30;w=3'),
        ("ratelimit", '"tenant";r=0;t=3'),
    ]
    assert verdict.retry_after_seconds == 1


def test_a_rate_is_the_time_one_call_takes() -> None:
    assert LIMIT.emission_us == 100_000
    assert RateLimit(per_second=5_000_000, burst=1).emission_us == 1
