import math

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from annex_runner_proxy.adapters.guest_metrics import GuestMetricsCollector
from annex_runner_proxy.domain.guest_metrics import MAX_INSTALLS, MAX_SERIES_OF_INSTALL, GuestMetrics
from unit.runner_proxy.fakes import an_install

INSTALL = an_install()
SHOWN = {"status", "le"}


def scraped(metrics: GuestMetrics) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(GuestMetricsCollector(metrics))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        f"{sample.name}{[pair for pair in sample.labels.items() if pair[0] in SHOWN]}": sample.value
        for family in families
        for sample in family.samples
    }


def test_counts_add_up_by_name_and_labels() -> None:
    metrics = GuestMetrics()
    metrics.count(INSTALL, "notes_total", 2.0, [("status", "new")])
    metrics.count(INSTALL, "notes", 3.0, [("status", "new")])
    metrics.count(INSTALL, "notes", 1.0, [("status", "old")])
    metrics.count(INSTALL, "notes", -1.0, [("status", "old")])

    found = scraped(metrics)

    assert found["annex_ext_notes_total[('status', 'new')]"] == 5
    assert found["annex_ext_notes_total[('status', 'old')]"] == 1


def test_observations_fall_into_buckets() -> None:
    metrics = GuestMetrics()
    for value in (0.004, 0.2, 1_000.0):
        metrics.observe(INSTALL, "work_seconds", value, [])

    found = scraped(metrics)

    assert found["annex_ext_work_seconds_observed_bucket[('le', '0.005')]"] == 1
    assert found["annex_ext_work_seconds_observed_bucket[('le', '0.25')]"] == 2
    assert found["annex_ext_work_seconds_observed_bucket[('le', '+Inf')]"] == 3
    assert found["annex_ext_work_seconds_observed_count[]"] == 3


@pytest.mark.parametrize(
    ("name", "amount", "labels"),
    [
        ("Upper", 1.0, []),
        ("", 1.0, []),
        ("1st", 1.0, []),
        ("a" * 65, 1.0, []),
        ("a-b", 1.0, []),
        ("a", math.nan, []),
        ("a", math.inf, []),
        ("a", 1.0, [("tenant_id", "x")]),
        ("a", 1.0, [("le", "1")]),
        ("a", 1.0, [("x", "1"), ("x", "2")]),
        ("a", 1.0, [("x", "y" * 65)]),
        ("a", 1.0, [("X", "y")]),
        ("a", 1.0, [(f"x{number}", "y") for number in range(5)]),
    ],
)
def test_what_is_no_figure_is_dropped_and_counted_as_such(
    name: str, amount: float, labels: list[tuple[str, str]]
) -> None:
    metrics = GuestMetrics()

    metrics.count(INSTALL, name, amount, labels)
    metrics.observe(INSTALL, name, amount, labels)

    assert scraped(metrics) == {"annex_ext_dropped_total[]": 2}


def test_an_install_has_so_many_series_and_no_more() -> None:
    metrics = GuestMetrics()

    for number in range(MAX_SERIES_OF_INSTALL + 50):
        metrics.count(INSTALL, f"n{number}", 1.0, [])
    metrics.count(INSTALL, "n0", 1.0, [])

    found = scraped(metrics)
    assert found["annex_ext_dropped_total[]"] == 50
    assert found["annex_ext_n0_total[]"] == 2
    assert len(found) == MAX_SERIES_OF_INSTALL + 1


def test_installs_that_count_no_more_are_forgotten_first() -> None:
    metrics = GuestMetrics()
    installs = [an_install(install_id=number) for number in range(MAX_INSTALLS + 1)]
    for install in installs[:-1]:
        metrics.count(install, "n", 1.0, [])
    metrics.count(installs[0], "n", 1.0, [])

    metrics.count(installs[-1], "n", 1.0, [])

    kept = [install_id for install_id, _ in metrics.figures()]
    assert len(kept) == MAX_INSTALLS
    assert 0 in kept
    assert 1 not in kept
