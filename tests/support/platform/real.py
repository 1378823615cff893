"""A platform with what the tests look at it through: its operator, a link they can cut, a stranger's ears."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from annex_shared.messaging.topology import EXCHANGE
from contracts.messaging.link import Link, link_to
from support.platform.bundles import HELLO, SignedBundle, signed
from support.platform.environments import Backing
from support.platform.observer import Observer, observing
from support.platform.running import Platform, running_platform
from support.platform.tenants import Operator, operator_of


@dataclass(frozen=True, slots=True)
class RealPlatform:
    """``bus_link`` is the only way of the services to RabbitMQ; ``observer`` has its own."""

    platform: Platform
    bus_link: Link
    observer: Observer
    operator: Operator
    hello: SignedBundle


@asynccontextmanager
async def real_platform(
    directory: Path, backing: Backing, *, repair_seconds: float
) -> AsyncIterator[RealPlatform]:
    """Run a platform with the sample published; insist on a clean stop and on logs without an error."""
    async with link_to(backing.bus_url) as link, observing(backing.bus_url, exchange=EXCHANGE) as observer:
        behind_link = replace(backing, bus_url=link.url)
        async with (
            running_platform(directory, behind_link, repair_seconds=repair_seconds) as platform,
            operator_of(platform, directory) as operator,
        ):
            hello = signed(HELLO, await operator.new_publisher("annex-demo"))
            await operator.publish(hello)
            yield RealPlatform(platform, link, observer, operator, hello)
    # Libraries call a broker that a test cut off an error; our own services must not have met one.
    errors = platform.log_lines("error", "critical", "unstructured")
    faults = [line for line in errors if line["event"] != "library_log"]
    assert not faults, faults
