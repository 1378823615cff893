import pytest

from annex_runner_proxy.adapters.worker_process import WorkerFacts
from annex_runner_proxy.domain.errors import IsolationTooWeak
from annex_runner_proxy.wiring.sandbox import require_isolation


@pytest.mark.parametrize("level", ["no-network", "no-files"])
def test_worker_without_network_is_enough(level: str) -> None:
    require_isolation(WorkerFacts("engine", {"level": level}), allow_weak=False)


def test_worker_with_network_is_not_enough() -> None:
    facts = WorkerFacts("engine", {"level": "none"})

    with pytest.raises(IsolationTooWeak, match="ALLOW_WEAK_ISOLATION=1"):
        require_isolation(facts, allow_weak=False)


def test_weak_isolation_is_taken_when_allowed_by_name() -> None:
    require_isolation(WorkerFacts("engine", {"level": "none"}), allow_weak=True)
