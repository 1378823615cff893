from dataclasses import replace

import pytest

from annex_gateway.domain.controls import Controls, Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.errors import ControlsTooWide, InvalidControls
from annex_gateway.domain.rate_limits import RateLimit
from annex_gateway.domain.rulings import (
    Authority,
    Dimension,
    Place,
    Ruling,
    hosts_of_both,
    merged,
    require_narrower,
)
from annex_shared.host_patterns import InvalidHostPattern
from annex_shared.ids import ExtensionId
from unit.gateway.builders import TENANT, some_rates, uuid

DEFAULTS = some_rates(RateLimit(10, 30))
EXTENSION = ExtensionId(uuid(2))
DAILY = Quota(QuotaScope.TENANT, QuotaKind.INVOCATIONS, QuotaWindow.DAY, 100)
OWN = Place(Authority.TENANT, TENANT)
OWN_EXTENSION = Place(Authority.TENANT, TENANT, EXTENSION)


def word(*platform: Ruling, own: tuple[Ruling, ...] = ()) -> Controls:
    return merged(DEFAULTS, platform=platform, own=own)


def test_where_nothing_is_said_the_settings_hold() -> None:
    assert word() == Controls(DEFAULTS)


def test_of_the_platforms_words_the_narrower_place_wins_field_by_field() -> None:
    everywhere = Ruling(
        rates={Dimension.TENANT: RateLimit(1, 1), Dimension.USER: RateLimit(2, 2)},
        quotas=(DAILY,),
        limits={"cpu_ms": 10, "fuel": 5},
        egress_hosts=("a.example.com",),
        is_entitled=False,
    )
    in_tenant = Ruling(
        rates={Dimension.TENANT: RateLimit(50, 50)},
        quotas=(replace(DAILY, limit=500),),
        limits={"cpu_ms": 20},
        is_entitled=True,
    )
    of_extension = Ruling(egress_hosts=("b.example.com",))

    controls = word(everywhere, in_tenant, of_extension)

    assert (controls.rates.tenant, controls.rates.user) == (RateLimit(50, 50), RateLimit(2, 2))
    assert controls.rates.install == DEFAULTS.install
    assert controls.quotas == (replace(DAILY, limit=500),)
    assert controls.limits == {"cpu_ms": 20, "fuel": 5}
    assert (controls.egress_hosts, controls.is_entitled) == (("b.example.com",), True)


def test_a_tenants_own_word_only_narrows() -> None:
    platform = Ruling(quotas=(DAILY,), limits={"cpu_ms": 10}, egress_hosts=("*.example.com",))
    monthly = replace(DAILY, window=QuotaWindow.MONTH)
    own = Ruling(
        rates={Dimension.TENANT: RateLimit(99, 5)},
        quotas=(replace(DAILY, limit=900), monthly),
        limits={"cpu_ms": 20, "memory_mb": 64},
        egress_hosts=("api.example.com", "other.example.org"),
    )

    controls = word(platform, own=(own,))

    assert controls.rates.tenant == RateLimit(10, 5)
    assert set(controls.quotas) == {DAILY, monthly}
    assert controls.limits == {"cpu_ms": 10, "memory_mb": 64}
    assert controls.egress_hosts == ("api.example.com",)


@pytest.mark.parametrize(
    ("wider", "narrower", "both"),
    [
        (None, None, None),
        (None, ("a.com",), ("a.com",)),
        (("a.com",), None, ("a.com",)),
        ((), ("a.com",), ()),
        (("a.com",), (), ()),
        (("*.a.com",), ("b.a.com", "a.com"), ("b.a.com",)),
        (("b.a.com",), ("*.a.com",), ("b.a.com",)),
        (("*.b.a.com",), ("*.a.com",), ("*.b.a.com",)),
        (("http://a.com",), ("a.com",), ()),
        (("a.com:8443",), ("a.com",), ()),
        (("not a host", "a.com"), ("a.com",), ("a.com",)),
    ],
)
def test_only_what_both_lists_match_is_left(
    wider: tuple[str, ...] | None, narrower: tuple[str, ...] | None, both: tuple[str, ...] | None
) -> None:
    assert hosts_of_both(wider, narrower) == both


@pytest.mark.parametrize(
    ("own", "field"),
    [
        (Ruling(rates={Dimension.TENANT: RateLimit(11, 1)}), "rates.tenant.per_second"),
        (Ruling(rates={Dimension.TENANT: RateLimit(1, 31)}), "rates.tenant.burst"),
        (Ruling(limits={"cpu_ms": 11}), "limits.cpu_ms"),
        (Ruling(limits={"memory_mb": 257}), "limits.memory_mb"),
        (Ruling(quotas=(replace(DAILY, limit=101),)), "quotas.tenant.invocations.day"),
        (Ruling(egress_hosts=("*.example.com",)), "egress_hosts"),
    ],
)
def test_more_than_the_platform_allows_is_refused_by_field(own: Ruling, field: str) -> None:
    allowed = word(Ruling(quotas=(DAILY,), limits={"cpu_ms": 10}, egress_hosts=("api.example.com",)))

    with pytest.raises(ControlsTooWide) as refusal:
        require_narrower(own, allowed, {"cpu_ms": 5, "memory_mb": 256})

    assert refusal.value.details["field"] == field


def test_up_to_what_the_platform_allows_a_tenant_says_what_it_likes() -> None:
    allowed = word(Ruling(limits={"cpu_ms": 10}))
    quota = replace(DAILY, limit=10**9)
    own = Ruling(
        rates={Dimension.USER: RateLimit(10, 30)},
        quotas=(quota,),
        limits={"cpu_ms": 10, "fuel": 7},
        egress_hosts=("any.example.com",),
    )

    require_narrower(own, allowed, {"cpu_ms": 5})


@pytest.mark.parametrize(
    ("place", "ruling"),
    [
        (OWN, Ruling(is_entitled=False)),
        (Place(Authority.PLATFORM, TENANT, EXTENSION), Ruling(is_entitled=True)),
        (OWN_EXTENSION, Ruling(rates={Dimension.USER: RateLimit(1, 1)})),
        (OWN_EXTENSION, Ruling(quotas=(DAILY,))),
        (OWN, Ruling(quotas=(DAILY, replace(DAILY, limit=1)))),
        (OWN, Ruling(rates={Dimension.TENANT: RateLimit(0.001, 10_000)})),
    ],
    ids=[
        "own entitlement",
        "of an extension",
        "rate of users",
        "quota of the tenant",
        "said twice",
        "never refilled",
    ],
)
def test_what_makes_no_sense_at_a_place_is_refused(place: Place, ruling: Ruling) -> None:
    with pytest.raises(InvalidControls):
        ruling.checked_for(place)


def test_hosts_are_kept_in_one_spelling_and_must_be_hosts() -> None:
    ruling = Ruling(egress_hosts=("API.Example.com", "https://api.example.com:443"))

    assert ruling.checked_for(OWN).egress_hosts == ("api.example.com",)
    with pytest.raises(InvalidHostPattern):
        Ruling(egress_hosts=("*",)).checked_for(OWN)


def test_the_platforms_word_about_a_tenant_and_its_own_have_different_names() -> None:
    places = [Place(Authority.PLATFORM), *(Place(one, TENANT) for one in Authority)]
    places += [Place(one, TENANT, EXTENSION) for one in Authority]

    assert len({place.key for place in places}) == len(places)
