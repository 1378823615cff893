"""What the handlers act with; filled in by ``app.py``."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from prometheus_client.registry import Collector

from annex_gateway.actions.administer import Minting
from annex_gateway.actions.debug_sessions import DebugSessions
from annex_gateway.actions.policies import Policies
from annex_gateway.actions.published_limits import PublishedLimits
from annex_gateway.actions.watch_lines import WatchPorts
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.debug_gate import DebugGate
from annex_gateway.domain.ports import DirectoryWork, RegistryDoor
from annex_shared.http.health import Ping
from annex_shared.service_tokens import ServiceTokenVerifier


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes and times of requests."""

    timeout_ms: int
    max_body_bytes: int


@dataclass(frozen=True, slots=True)
class LiveDebug:
    """Who may watch lines, and where they are read; ``tail`` lines are shown before new ones."""

    sessions: DebugSessions
    ports: WatchPorts
    tail: int
    gate: DebugGate


@dataclass(frozen=True, slots=True)
class Dependencies:
    policies: Policies
    metrics: Collector
    registry: RegistryDoor
    directory: DirectoryWork
    minting: Minting
    limits: Limits
    monotonic: Monotonic
    pings: Mapping[str, Ping]
    published_limits: PublishedLimits
    debug: LiveDebug
    are_extensions_enabled: bool = True
    # Host names this gateway answers for; empty means any, as behind a trusted proxy.
    allowed_hosts: frozenset[str] = frozenset()
    # Origins of other hosts whose pages may call.
    allowed_origins: frozenset[str] = frozenset()
    # Judges tokens of the other services; without their keys nobody is believed.
    peers: ServiceTokenVerifier | None = None
    runner_proxy: RegistryDoor | None = None
    has_older_rate_headers: bool = False


DEPENDENCIES = web.AppKey("dependencies", Dependencies)
