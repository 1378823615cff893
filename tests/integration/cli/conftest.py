"""A gateway that can misbehave, and a machine that knows it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integration.cli.gateway import Gateway, running_gateway
from integration.cli.program import Machine


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with running_gateway() as gateway:
        yield gateway


@pytest.fixture
def machine(tmp_path: Path, gateway: Gateway) -> Machine:
    return Machine.at(tmp_path).knows(gateway)
