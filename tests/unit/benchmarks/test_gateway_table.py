"""The gateway beside proxies: what is added is taken within a round, budgets are met or not."""

from benchmarks.gateway.table import Round, budgets, table
from benchmarks.gateway.ways import Missing, Way


def a_way(key: str, *, pid: int | None = 1) -> Way:
    return Way(key, f"the way {key}", 1, b"", b"", pid)


def a_round(p50_ms: float, *, rate: float = 100, cpu_us: float = 1_000) -> Round:
    return Round(p50_ms, p50_ms * 3, rate, cpu_us, behind_us=5)


ROUNDS = {
    "direct": [a_round(1.0, cpu_us=0), a_round(10.0, cpu_us=0), a_round(1.0, cpu_us=0)],
    "naive": [a_round(3.0), a_round(30.0), a_round(3.0)],
    "annex": [a_round(5.0, rate=150), a_round(14.0, rate=50, cpu_us=500), a_round(5.0, rate=150)],
}


def test_what_a_way_adds_is_taken_within_a_round() -> None:
    text = table([a_way("annex")], ROUNDS, missing=[], facts={"cores": 2}, versions=[])

    assert "| the way annex | 5.00 | 15.00 | 4.00 | 12.00 | 150 | 1000 | 5 | 1000 | 1.50 | 1.00 |" in text


def test_calling_directly_adds_nothing_and_stands_in_no_way() -> None:
    text = table([a_way("direct", pid=None)], ROUNDS, missing=[], facts={}, versions=[])

    assert "| the way direct | 1.00 | 3.00 | - | - | 100 | - | - | - | - | - |" in text


def test_a_peer_that_cannot_be_had_is_named_with_the_reason() -> None:
    text = table([], ROUNDS, missing=[Missing("nginx", "no network")], facts={}, versions=[])

    assert "| nginx | not available: no network |" in text


def test_budgets_are_held_against_the_peers_that_took_part() -> None:
    told = budgets(ROUNDS)
    beside_nginx = budgets({**ROUNDS, "nginx": [a_round(1.0, cpu_us=10)] * 3})

    assert told[0] == "- met: calls/s / naive aiohttp proxy 1.50 (budget at least 1)"
    assert len(told) == 2
    assert beside_nginx[2] == "- NOT MET: calls/s of a core / nginx 0.01 (budget at least 0.2)"
