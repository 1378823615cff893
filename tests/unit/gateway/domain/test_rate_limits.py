from dataclasses import replace

import pytest

from annex_gateway.domain.rate_limits import (
    Bucket,
    CountedBy,
    Filling,
    RateLimit,
    Rates,
    RateVerdict,
    Want,
    buckets_of,
)
from annex_shared.ids import ExtensionId, InstallId, TenantId
from unit.gateway.builders import OTHER_TENANT, TENANT, some_rates, uuid

LIMIT = RateLimit(per_second=10, burst=30)


def some_buckets(
    tenant: TenantId = TENANT, *, install: int = 1, user: str | None = "alice", rates: Rates | None = None
) -> tuple[Bucket, ...]:
    return buckets_of(
        tenant, InstallId(uuid(install)), ExtensionId(uuid(2)), user, rates or some_rates(LIMIT)
    )


def test_a_call_draws_from_its_tenant_and_from_install_extension_and_user_in_it() -> None:
    rates = Rates(tenant=RateLimit(1, 1), install=RateLimit(2, 2), extension=RateLimit(3, 3), user=LIMIT)

    buckets = some_buckets(rates=rates)

    assert {bucket.policy: bucket.limit for bucket in buckets} == {
        "tenant": rates.tenant,
        "install": rates.install,
        "extension": rates.extension,
        "user": rates.user,
    }
    assert len({bucket.key for bucket in buckets}) == len({bucket.partition for bucket in buckets}) == 4


def test_a_run_that_nobody_asked_for_counts_for_no_user() -> None:
    assert [bucket.policy for bucket in some_buckets(user=None)] == ["tenant", "install", "extension"]


def test_two_tenants_share_no_bucket() -> None:
    ours = {bucket.key for bucket in some_buckets()}
    theirs = {bucket.key for bucket in some_buckets(OTHER_TENANT)}

    assert not ours & theirs


def test_two_installs_of_an_extension_share_all_but_their_own() -> None:
    one, other = some_buckets(install=1), some_buckets(install=5)

    assert [mine.key == theirs.key for mine, theirs in zip(one, other, strict=True)] == [
        True,
        False,
        True,
        True,
    ]


def test_the_buckets_of_a_tenant_live_in_one_slot() -> None:
    assert all(f"{{{TENANT}}}" in bucket.key for bucket in some_buckets())


def test_a_verdict_reads_as_rate_limit_fields() -> None:
    verdict = RateVerdict(
        is_allowed=False,
        bucket=Bucket("tenant", "key", LIMIT, "c2VjcmV0"),
        remaining=0,
        retry_after_us=100,
        reset_us=2_900_001,
    )

    assert verdict.headers() == [
        ("ratelimit-policy", '"tenant";q=30;w=3;pk=:c2VjcmV0:'),
        ("ratelimit", '"tenant";r=0;t=3;pk=:c2VjcmV0:'),
    ]
    assert verdict.retry_after_seconds == 1


def test_a_verdict_says_when_it_was_reached_alone() -> None:
    verdict = RateVerdict(
        is_allowed=True, bucket=Bucket("user", "key", LIMIT), remaining=1, retry_after_us=0, reset_us=0
    )

    assert dict(verdict.headers()) == {
        "ratelimit-policy": '"user";q=30;w=3',
        "ratelimit": '"user";r=1;t=0',
    }
    assert replace(verdict, counted_by=CountedBy.ALONE).headers()[-1] == ("x-quota-degraded", "1")


@pytest.mark.parametrize(("wait_us", "chance", "seconds"), [(100, 0.0, 1), (100, 0.4, 1), (100, 0.6, 2)])
def test_a_short_wait_is_spread_over_two_seconds(wait_us: int, chance: float, seconds: int) -> None:
    verdict = RateVerdict(
        is_allowed=False, bucket=Bucket("user", "key", LIMIT), remaining=0, retry_after_us=wait_us, reset_us=0
    )

    assert verdict.retried_later(chance).retry_after_seconds == seconds


def test_a_long_wait_is_spread_over_a_tenth_of_it_and_never_shortened() -> None:
    verdict = RateVerdict(
        is_allowed=False,
        bucket=Bucket("user", "key", LIMIT),
        remaining=0,
        retry_after_us=100_000_000,
        reset_us=0,
    )

    spread = [verdict.retried_later(chance).retry_after_seconds for chance in (0.0, 0.5, 0.999)]

    assert spread == [100, 105, 110]


def test_the_longest_wait_decides_a_refusal_and_the_least_left_an_allowance() -> None:
    wants = [Want(bucket) for bucket in some_buckets()[:3]]
    fillings = [Filling(0, 0, 5, 7, 7), Filling(0, 0, 9, 11, 11), Filling(0, 3, 0, 1, 1)]
    free = [Filling(1, 8, 0, 7, 7), Filling(1, 9, 0, 11, 11), Filling(1, 3, 0, 1, 1)]

    refused, allowed = RateVerdict.of(wants, fillings), RateVerdict.of(wants, free)

    assert (refused.is_allowed, refused.bucket.policy, refused.retry_after_us) == (False, "install", 9)
    assert (allowed.is_allowed, allowed.bucket.policy, allowed.remaining) == (True, "extension", 3)


def test_a_part_of_a_limit_is_smaller_and_never_nothing() -> None:
    assert LIMIT.part_of(4) == RateLimit(2.5, 7)
    assert LIMIT.part_of(1_000).burst == 1


def test_a_rate_is_the_time_one_call_takes() -> None:
    assert LIMIT.emission_us == 100_000
    assert RateLimit(per_second=5_000_000, burst=1).emission_us == 1
