import pytest

from annex_runner_proxy.domain.limit_overrides import LimitOverrides
from annex_runner_proxy.domain.limit_rows import LIMIT_TEXTS, limit_rows
from annex_runner_proxy.domain.limits import LIMIT_NAMES, LimitOverride, PlatformLimits, Reuse
from unit.runner_proxy.fakes import INSTALL, TENANT, an_install

PLATFORM = PlatformLimits(
    default_timeout_ms=5_000, max_timeout_ms=30_000, default_memory_mb=256, max_memory_mb=512
)


def test_absent_limits_are_the_defaults() -> None:
    limits = PLATFORM.narrowed(timeout_ms=None, memory_mb=None)

    assert (limits.timeout_ms, limits.memory_bytes) == (5_000, 256 << 20)


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (30_000, 30_000), (30_001, 30_000), (10**9, 30_000)])
def test_timeout_is_narrowed_and_never_widened(asked: int, given: int) -> None:
    assert PLATFORM.narrowed(timeout_ms=asked, memory_mb=None).timeout_ms == given


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (512, 512), (4096, 512)])
def test_memory_is_narrowed_and_never_widened(asked: int, given: int) -> None:
    assert PLATFORM.narrowed(timeout_ms=None, memory_mb=asked).memory_bytes == given << 20


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (10_000, 10_000), (60_000, 10_000)])
def test_processor_time_is_narrowed_and_never_widened(asked: int, given: int) -> None:
    assert PLATFORM.narrowed(cpu_ms=asked).cpu_ms == given


def test_fuel_is_counted_only_where_somebody_asks() -> None:
    assert PLATFORM.narrowed().fuel is None
    assert PLATFORM.narrowed(fuel=1_000).fuel == 1_000
    assert PLATFORM.narrowed(fuel=10**15).fuel == PLATFORM.max_fuel
    assert PLATFORM.narrowed(override=LimitOverride({"fuel": 5})).fuel == 5


def test_override_is_default_and_ceiling_of_its_install() -> None:
    override = LimitOverride({"timeout_ms": 20_000, "host_calls": 9, "log_bytes": 1_000_000})

    limits = PLATFORM.narrowed(override=override)

    assert (limits.timeout_ms, limits.host_calls, limits.log_bytes) == (20_000, 9, 1_000_000)
    assert PLATFORM.narrowed(timeout_ms=25_000, override=override).timeout_ms == 20_000
    assert PLATFORM.narrowed(timeout_ms=10, override=override).timeout_ms == 10


def test_override_never_goes_beyond_the_platforms_ceiling() -> None:
    override = LimitOverride(dict.fromkeys(LIMIT_NAMES, 10**15))

    limits = PLATFORM.narrowed(override=override)

    assert {name: getattr(limits, name) for name in LIMIT_NAMES} == {
        name: PLATFORM.ceiling(name) for name in LIMIT_NAMES
    }


def test_narrower_word_of_an_operator_counts_limit_by_limit() -> None:
    overrides = LimitOverrides(
        installs={INSTALL: LimitOverride({"timeout_ms": 1})},
        extensions={"acme/notes": LimitOverride({"timeout_ms": 2, "cpu_ms": 2}, Reuse(8, 1.0))},
        tenants={TENANT: LimitOverride({"timeout_ms": 3, "cpu_ms": 3, "host_calls": 3}, Reuse(9, 9.0))},
    )

    override = overrides.of(an_install())

    assert override.limits == {"timeout_ms": 1, "cpu_ms": 2, "host_calls": 3}
    assert override.reuse == Reuse(8, 1.0)


def test_table_of_limits_names_each_limit_of_a_call_once() -> None:
    assert {text.name for text in LIMIT_TEXTS} == set(LIMIT_NAMES)
    assert len(LIMIT_TEXTS) == len(LIMIT_NAMES)


def test_no_default_is_above_its_ceiling() -> None:
    assert [row for row in limit_rows(PlatformLimits()) if (row.default or 0) > row.ceiling] == []


def test_setting_above_the_usual_ceiling_is_the_ceiling() -> None:
    assert PlatformLimits(host_calls=1_000_000).ceiling("host_calls") == 1_000_000
    assert PlatformLimits(host_calls=10).ceiling("host_calls") == 100_000
