"""Looks names up through the system's resolver, in threads of its own: one slow name holds nobody else up."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Final

from annex_runner_proxy.domain.egress import EgressFailed
from annex_shared.ids import TenantId
from annex_shared.web_hosts import IpAddress

_THREADS: Final = 32
# A look-up cannot be taken back: given up, it still holds its thread until the system's own time is up.
_AT_ONCE_FOR_A_TENANT: Final = 4


class SystemResolver:
    """Asks for A and AAAA. A tenant whose names never answer waits for itself alone."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._pending: Counter[TenantId] = Counter()

    async def resolve(self, host: str, port: int, *, tenant_id: TenantId) -> Sequence[IpAddress]:
        if self._pending[tenant_id] >= _AT_ONCE_FOR_A_TENANT:
            raise EgressFailed("transport", "too many names of this tenant are being looked up")
        self._pending[tenant_id] += 1
        found = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port)
        found.add_done_callback(lambda _: self._done(tenant_id))
        try:
            # Shielded: its thread is taken until it ends, also when nobody waits any more.
            return await asyncio.shield(found)
        except OSError:
            raise EgressFailed("transport", "the name cannot be resolved") from None

    def _done(self, tenant_id: TenantId) -> None:
        self._pending[tenant_id] -= 1
        if not self._pending[tenant_id]:
            del self._pending[tenant_id]


@asynccontextmanager
async def system_resolver() -> AsyncIterator[SystemResolver]:
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="name-lookup")
    try:
        yield SystemResolver(threads)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[IpAddress]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(address[0]).partition("%")[0]) for *_, address in found))
