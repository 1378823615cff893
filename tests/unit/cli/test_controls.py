from typing import Any

import pytest

from annex_cli.controls import ControlsFlags, ControlsPlace
from annex_cli.errors import InvalidUsage
from annex_cli.kill_switches import SwitchTarget
from annex_shared.contracts.controls import ControlsView

TENANT = "11111111-1111-7111-8111-111111111111"


def a_view(**changes: Any) -> ControlsView:
    return ControlsView.model_validate(
        {
            "revision": 7,
            "set_by": "tenant",
            "tenant_id": TENANT,
            "extension_id": None,
            "rates": {"tenant": {"per_second": 5, "burst": 9}, "user": {"per_second": 1, "burst": 1}},
            "quotas": [{"scope": "tenant", "kind": "invocations", "window": "day", "limit": 10}],
            "limits": {"cpu_ms": 50},
            "egress_hosts": ["api.example.com"],
            "is_entitled": None,
            "effective": None,
        }
        | changes
    )


def test_what_is_not_named_stays_as_it_was() -> None:
    flags = ControlsFlags(rates=("user=2.5:4",), quotas=("tenant.invocations.day=20",), limits=("fuel=9",))

    wish = flags.applied_to(a_view(), reason="x")

    assert (wish.revision, wish.reason, wish.egress_hosts) == (7, "x", ["api.example.com"])
    assert (wish.rates["tenant"].burst, wish.rates["user"].per_second) == (9, 2.5)
    assert [quota.limit for quota in wish.quotas] == [20]
    assert wish.limits.model_dump(exclude_none=True) == {"cpu_ms": 50, "fuel": 9}


def test_names_can_be_taken_back_alone_or_a_kind_at_once() -> None:
    flags = ControlsFlags(unset=("rates.user", "quotas", "limits.cpu_ms", "egress", "entitled"))

    wish = flags.applied_to(a_view(is_entitled=True), reason="x")

    assert (list(wish.rates), wish.quotas, wish.limits.cpu_ms) == (["tenant"], [], None)
    assert (wish.egress_hosts, wish.is_entitled) == (None, None)


def test_the_word_none_lets_nothing_out() -> None:
    assert ControlsFlags(egress=("none",)).applied_to(a_view(), reason="x").egress_hosts == []


@pytest.mark.parametrize(
    "flags",
    [
        ControlsFlags(rates=("tenant=fast",)),
        ControlsFlags(rates=("everybody=1:1",)),
        ControlsFlags(rates=("tenant=0:1",)),
        ControlsFlags(quotas=("tenant.invocations.year=1",)),
        ControlsFlags(limits=("cpu_ms=0",)),
        ControlsFlags(limits=("log_bytes=1",)),
        ControlsFlags(egress=("*",)),
        ControlsFlags(unset=("rates.install",)),
        ControlsFlags(unset=("everything",)),
    ],
    ids=lambda flags: str(next(iter(flags.rates + flags.quotas + flags.limits + flags.egress + flags.unset))),
)
def test_a_flag_that_cannot_be_read_is_refused(flags: ControlsFlags) -> None:
    with pytest.raises(InvalidUsage):
        flags.applied_to(a_view(), reason="x")


@pytest.mark.parametrize(
    ("extension", "flags", "address"),
    [
        (None, {}, "/api/v1/controls"),
        (None, {"is_tenant_wide": True}, "/api/v1/controls"),
        (None, {"is_platform": True}, "/api/v1/controls/platform"),
        ("acme/notes", {}, "/api/v1/controls/extensions/acme.notes"),
        ("notes", {}, "/api/v1/controls/extensions/notes"),
        (None, {"of_tenant": TENANT}, f"/api/v1/tenants/{TENANT}/controls"),
        ("acme/notes", {"of_tenant": TENANT}, f"/api/v1/tenants/{TENANT}/controls/extensions/acme.notes"),
    ],
)
def test_each_place_has_its_address(extension: str | None, flags: dict[str, Any], address: str) -> None:
    given: dict[str, Any] = {"is_tenant_wide": False, "is_platform": False, "of_tenant": None} | flags

    assert ControlsPlace.of(extension, **given).address == address


@pytest.mark.parametrize(
    ("extension", "flags"),
    [
        ("acme/notes", {"is_platform": True}),
        ("acme/notes", {"is_tenant_wide": True}),
        (None, {"is_platform": True, "of_tenant": TENANT}),
        (None, {"of_tenant": "north"}),
    ],
    ids=["extension and platform", "extension and tenant", "platform and tenant", "no id"],
)
def test_one_place_at_a_time(extension: str | None, flags: dict[str, Any]) -> None:
    given: dict[str, Any] = {"is_tenant_wide": False, "is_platform": False, "of_tenant": None} | flags

    with pytest.raises(InvalidUsage):
        ControlsPlace.of(extension, **given)


@pytest.mark.parametrize(
    ("text", "tenant_wide", "in_tenant"),
    [(None, None, None), ("acme/notes", TENANT, None), (None, TENANT, TENANT), ("acme/notes", None, "north")],
    ids=["nothing", "extension and tenant", "tenant in tenant", "no id"],
)
def test_a_switch_has_one_target(text: str | None, tenant_wide: str | None, in_tenant: str | None) -> None:
    with pytest.raises(InvalidUsage):
        SwitchTarget.of(text, tenant_wide=tenant_wide, in_tenant=in_tenant)


def test_the_words_for_off_are_those_for_on() -> None:
    target = SwitchTarget.of("acme/notes@1.4.0", tenant_wide=None, in_tenant=TENANT)

    assert target.arguments == f"acme/notes@1.4.0 --in-tenant {TENANT}"
    assert str(target) == f"acme/notes@1.4.0 in tenant {TENANT}"
