"""What a round measured, and how rounds are put together: by medians, and by ratios within one round."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One scenario in one round."""

    p50_ms: float
    p99_ms: float
    rate: float
    calls: int

    @classmethod
    def of(cls, *results: dict[str, Any]) -> "Sample":
        """Read what one process measured, or several that ran at the same time."""
        milliseconds = sorted(ms for result in results for ms in result["milliseconds"])
        rate = sum(len(result["milliseconds"]) / result["seconds"] for result in results)
        return cls(_rank(milliseconds, 0.50), _rank(milliseconds, 0.99), rate, len(milliseconds))


def _rank(ordered: Sequence[float], part: float) -> float:
    """Return the nearest-rank percentile, a value that was really measured."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def median(samples: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    return statistics.median(of(sample) for sample in samples)


def ratio(samples: Sequence[Sample], yardstick: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    """Return the median of the rounds' own ratios: a machine that slows down for a while slows both."""
    return statistics.median(of(sample) / of(bare) for sample, bare in zip(samples, yardstick, strict=True))
