import pytest

from annex_runner_proxy.domain.limits import PlatformLimits

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
