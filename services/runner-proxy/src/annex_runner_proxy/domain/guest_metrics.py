"""Figures that extensions count, bounded in names, labels and series."""

import math
import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from annex_runner_proxy.domain.installs import Install
from annex_shared.ids import InstallId

MAX_SERIES_OF_INSTALL: Final = 100
MAX_INSTALLS: Final = 500
_MAX_LABELS: Final = 4
_MAX_LABEL_VALUE: Final = 64
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
# What we say of every series, and what Prometheus says itself.
_RESERVED: Final = frozenset({"tenant_id", "extension", "install_id", "le", "quantile"})
_TOTAL: Final = "_total"
# Seconds for the most part; an extension may observe anything.
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]


@dataclass(slots=True)
class Distribution:
    """How many observations fell into each bucket; the last is for what lies above all."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def observe(self, value: float) -> None:
        self.buckets[bisect_left(BUCKETS, value)] += 1
        self.total += value


@dataclass(slots=True)
class InstallFigures:
    """Everything one install has counted since this process began."""

    tenant_id: str
    extension: str
    counts: dict[Series, float] = field(default_factory=dict)
    distributions: dict[Series, Distribution] = field(default_factory=dict)
    dropped: int = 0

    def has_room_for(self, series: Series, kept: dict[Series, float] | dict[Series, Distribution]) -> bool:
        return series in kept or len(self.counts) + len(self.distributions) < MAX_SERIES_OF_INSTALL


class GuestMetrics:
    """The figures of all installs; beyond ``MAX_INSTALLS`` the one that counted longest ago is forgotten."""

    def __init__(self) -> None:
        self._installs: OrderedDict[InstallId, InstallFigures] = OrderedDict()

    def count(self, install: Install, name: str, amount: float, labels: Sequence[tuple[str, str]]) -> None:
        figures = self._figures(install)
        series = _series(name, labels)
        if series is None or not math.isfinite(amount) or not figures.has_room_for(series, figures.counts):
            figures.dropped += 1
        elif amount > 0:
            figures.counts[series] = figures.counts.get(series, 0.0) + amount

    def observe(self, install: Install, name: str, value: float, labels: Sequence[tuple[str, str]]) -> None:
        figures = self._figures(install)
        series = _series(name, labels)
        kept = figures.distributions
        if series is None or not math.isfinite(value) or not figures.has_room_for(series, kept):
            figures.dropped += 1
        else:
            kept.setdefault(series, Distribution()).observe(value)

    def figures(self) -> Iterator[tuple[InstallId, InstallFigures]]:
        yield from list(self._installs.items())

    def _figures(self, install: Install) -> InstallFigures:
        found = self._installs.setdefault(
            install.install_id, InstallFigures(str(install.tenant_id), install.extension)
        )
        self._installs.move_to_end(install.install_id)
        if len(self._installs) > MAX_INSTALLS:
            self._installs.popitem(last=False)
        return found


def _series(name: str, labels: Sequence[tuple[str, str]]) -> Series | None:
    """Return what identifies a series, in one order; None for what is no name or no label."""
    plain = name.removesuffix(_TOTAL)
    if _NAME.fullmatch(plain) is None or len(labels) > _MAX_LABELS:
        return None
    keys = [key for key, _ in labels]
    if len(set(keys)) < len(keys) or not all(_LABEL.fullmatch(key) for key in keys):
        return None
    if _RESERVED & {*keys} or any(len(value) > _MAX_LABEL_VALUE for _, value in labels):
        return None
    return plain, tuple(sorted((key, value) for key, value in labels))
