"""Stand where workers and modules would be in a service that runs nothing itself, and refuse to be used."""

from typing import Final

from annex_runner_proxy.domain.errors import WorkerFault
from annex_runner_proxy.domain.ports import HostCalls, Job, RawAnswer
from annex_shared.content_hash import ContentHash


class _NoWorkers:
    async def run(self, job: Job, host: HostCalls) -> RawAnswer:  # noqa: ARG002 - the port's
        raise _not_here()


class _NoModules:
    async def ready(
        self,
        content_hash: ContentHash,  # noqa: ARG002 - the port's
        *,
        wait_seconds: float,  # noqa: ARG002 - likewise
        counts_fuel: bool = False,  # noqa: ARG002 - likewise
    ) -> str:
        raise _not_here()

    async def prepare(self, content_hash: ContentHash) -> None:  # noqa: ARG002 - the port's
        raise _not_here()


def _not_here() -> WorkerFault:
    return WorkerFault("This runner-proxy has no sandboxes: RUNNER_MODE=remote hands executions on.")


NO_WORKERS: Final = _NoWorkers()
NO_MODULES: Final = _NoModules()
