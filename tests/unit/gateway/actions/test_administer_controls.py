from dataclasses import dataclass, field

import pytest

from annex_gateway.actions.administer_controls import (
    ControlsDesk,
    resolve_any_extension,
    set_controls,
    show_controls,
    switches,
    turn_off,
    turn_on,
)
from annex_gateway.actions.ask_once import AskOnce
from annex_gateway.actions.controls_projection import ControlsProjection
from annex_gateway.actions.projections import Projections
from annex_gateway.actions.published_limits import PublishedLimits
from annex_gateway.domain.control_changes import Author
from annex_gateway.domain.errors import (
    ControlsTooWide,
    ExtensionNotInstalled,
    InvalidControls,
    KillSwitchNotFound,
    RunnerUnavailable,
    TenantNotFound,
)
from annex_gateway.domain.kill_switches import SwitchScope, SwitchTarget
from annex_gateway.domain.rulings import Authority, Place, Ruling
from annex_gateway.domain.tenants import Tenant, TenantSlug
from annex_shared.contracts.limits import LimitView, LimitViews
from annex_shared.ids import PrincipalId
from support.memory_controls import MemoryControls
from unit.gateway.builders import OTHER_TENANT, TENANT, an_install, some_rates, uuid
from unit.gateway.fakes import MemoryDirectory, MemoryRegistry, StoppedMonotonic

AUTHOR = Author(PrincipalId(uuid(9)), "0123456789abcdef", "req_1", "because")
OWN, OF_TENANT = Place(Authority.TENANT, TENANT), Place(Authority.PLATFORM, TENANT)
LIMITS = {
    "timeout_ms": ("milliseconds", 5_000, 30_000),
    "cpu_ms": ("milliseconds", 5_000, 10_000),
    "memory_mb": ("bytes", 256 << 20, 512 << 20),
    "fuel": ("fuel", None, 1_000),
}


@dataclass
class Office:
    """A desk over a history in memory, and a platform whose limits can be asked for."""

    book: MemoryControls = field(default_factory=MemoryControls)
    is_runner_away: bool = False

    def __post_init__(self) -> None:
        now = StoppedMonotonic()
        tenant = Tenant(TENANT, TenantSlug.parse("dev"), "Dev")
        self.desk = ControlsDesk(
            store=self.book,
            projection=ControlsProjection(some_rates(), now, max_age_seconds=60),
            feed=self.book,
            published_limits=PublishedLimits(self._limits, AskOnce(keep_seconds=1, monotonic=now)),
            directory=MemoryDirectory({TENANT: tenant}),
            timeout_ms=20_000,
        )

    async def _limits(self) -> LimitViews:
        if self.is_runner_away:
            raise RunnerUnavailable("The runner-proxy is away.")
        views = [
            LimitView(
                name=name, unit=unit, default=default, ceiling=most, code=None, asked_as=name, meaning=""
            )
            for name, (unit, default, most) in LIMITS.items()
        ]
        return LimitViews(limits=views)


async def test_a_change_holds_here_before_anybody_told_of_it() -> None:
    office = Office()
    await office.desk.projection.fill(office.book)

    await set_controls(OF_TENANT, Ruling(is_entitled=False), expected=0, author=AUTHOR, desk=office.desk)

    assert not office.desk.projection.of(an_install()).is_entitled


async def test_taking_everything_back_leaves_nothing_said() -> None:
    office = Office()
    first = await set_controls(OWN, Ruling(egress_hosts=()), expected=0, author=AUTHOR, desk=office.desk)

    shown = await set_controls(OWN, Ruling(), expected=first.revision, author=AUTHOR, desk=office.desk)

    assert (shown.ruling, shown.revision) == (Ruling(), 2)
    assert office.book.changes[-1].document is None


async def test_what_holds_for_everybody_at_once_is_not_shown() -> None:
    shown = await show_controls(Place(Authority.PLATFORM), desk=Office().desk)

    assert (shown.effective, shown.revision) == (None, 0)


@pytest.mark.parametrize(
    ("name", "most", "own_most"),
    [
        ("timeout_ms", 30_000, 20_000),
        ("cpu_ms", 10_000, 5_000),
        ("memory_mb", 512, 256),
        ("fuel", 1_000, 1_000),
    ],
)
async def test_limits_end_at_the_ceiling_and_a_tenants_own_at_what_a_call_has(
    name: str, most: int, own_most: int
) -> None:
    office = Office()

    await set_controls(OF_TENANT, Ruling(limits={name: most}), expected=0, author=AUTHOR, desk=office.desk)
    with pytest.raises(InvalidControls):
        await set_controls(
            OF_TENANT, Ruling(limits={name: most + 1}), expected=1, author=AUTHOR, desk=office.desk
        )
    await set_controls(OF_TENANT, Ruling(), expected=1, author=AUTHOR, desk=office.desk)
    await set_controls(OWN, Ruling(limits={name: own_most}), expected=0, author=AUTHOR, desk=office.desk)
    if own_most < most:
        with pytest.raises(ControlsTooWide):
            await set_controls(
                OWN, Ruling(limits={name: own_most + 1}), expected=3, author=AUTHOR, desk=office.desk
            )


async def test_limits_are_not_set_while_nobody_knows_their_ceilings() -> None:
    office = Office(is_runner_away=True)

    with pytest.raises(RunnerUnavailable):
        await set_controls(
            OF_TENANT, Ruling(limits={"cpu_ms": 1}), expected=0, author=AUTHOR, desk=office.desk
        )

    assert office.book.changes == []


async def test_a_tenants_word_about_an_extension_is_measured_by_the_platforms_not_by_its_own() -> None:
    office = Office()
    of_extension = Place(Authority.TENANT, TENANT, an_install().extension_id)
    await set_controls(OWN, Ruling(egress_hosts=()), expected=0, author=AUTHOR, desk=office.desk)

    shown = await set_controls(
        of_extension, Ruling(egress_hosts=("a.example.com",)), expected=0, author=AUTHOR, desk=office.desk
    )

    assert shown.effective is not None
    assert shown.effective.egress_hosts == ()


async def test_of_a_tenant_that_does_not_exist_nothing_is_said() -> None:
    office = Office()
    place = Place(Authority.PLATFORM, OTHER_TENANT)

    with pytest.raises(TenantNotFound):
        await set_controls(place, Ruling(is_entitled=True), expected=0, author=AUTHOR, desk=office.desk)
    with pytest.raises(TenantNotFound):
        await turn_on(SwitchTarget(SwitchScope.TENANT, OTHER_TENANT), author=AUTHOR, desk=office.desk)

    assert office.book.changes == []


async def test_a_switch_that_is_on_gets_the_new_reason_and_is_turned_off_by_its_id() -> None:
    office = Office()
    target = SwitchTarget(SwitchScope.TENANT, TENANT)
    first = await turn_on(target, author=AUTHOR, desk=office.desk)
    other = Author(AUTHOR.principal_id, AUTHOR.key_id, "req_2", "another reason")

    second = await turn_on(target, author=other, desk=office.desk)

    assert (first.target.switch_id, second.reason) == (second.target.switch_id, "another reason")
    assert await switches(desk=office.desk) == [second]
    await turn_off(target.switch_id, author=AUTHOR, desk=office.desk)
    assert await switches(desk=office.desk) == []
    with pytest.raises(KillSwitchNotFound):
        await turn_off(target.switch_id, author=AUTHOR, desk=office.desk)


async def test_the_platform_may_speak_of_an_extension_before_it_is_installed() -> None:
    registry = MemoryRegistry()
    registry.put(an_install())
    projections = Projections(registry, AskOnce(keep_seconds=1, monotonic=StoppedMonotonic()))
    install = an_install()

    by_name = await resolve_any_extension(TENANT, "acme.notes", projections=projections)
    by_install = await resolve_any_extension(TENANT, str(install.install_id), projections=projections)
    unknown = await resolve_any_extension(TENANT, str(uuid(77)), projections=projections)

    assert (by_name, by_install, unknown) == (install.extension_id, install.extension_id, uuid(77))
    with pytest.raises(ExtensionNotInstalled):
        await resolve_any_extension(TENANT, "acme.other", projections=projections)
