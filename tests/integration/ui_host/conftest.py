"""A ui-host in front of a registry that speaks the contract."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from annex_shared.messaging.port import Bus
from annex_ui_host.app import running
from annex_ui_host.settings import UiHostSettings
from integration.ui_host.contract_registry import ContractRegistry, contract_registry

Start = Callable[..., AbstractAsyncContextManager[int]]


@pytest.fixture
async def registry(tmp_path: Path) -> AsyncIterator[ContractRegistry]:
    async with contract_registry(tmp_path) as opened:
        yield opened


@pytest.fixture
def start(registry: ContractRegistry) -> Start:
    """Start a ui-host with a test's own settings; yields its port."""
    return partial(started, registry)


def started(
    registry: ContractRegistry, bus: Bus | None = None, **settings: Any
) -> AbstractAsyncContextManager[int]:
    given = {
        "host": "127.0.0.1",
        "port": 0,
        "registry_url": registry.url,
        "service_key_file": registry.key_file,
        "frame_ancestors": "http://127.0.0.1:8080",
        **settings,
    }
    return running(UiHostSettings.model_validate(given), bus=bus)


@pytest.fixture
async def port(start: Start) -> AsyncIterator[int]:
    async with start() as opened:
        yield opened
