"""What the handlers act with; filled in by ``app.py``."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from prometheus_client.registry import Collector

from annex_gateway.actions.administer import Minting
from annex_gateway.actions.administer_controls import ControlsDesk
from annex_gateway.actions.debug_sessions import DebugSessions
from annex_gateway.actions.issue_ui_token import UiTokens
from annex_gateway.actions.policies import Policies
from annex_gateway.actions.published_limits import PublishedLimits
from annex_gateway.actions.sign_in import SignIn
from annex_gateway.actions.watch_lines import WatchPorts
from annex_gateway.domain.deadlines import Monotonic
from annex_gateway.domain.debug_gate import DebugGate
from annex_gateway.domain.executions import Executions
from annex_gateway.domain.identity_ports import IdentityRecord, IdentityWork
from annex_gateway.domain.ports import DirectoryWork, RegistryDoor
from annex_gateway.domain.usage import UsageRecords
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
class IdentityDoor:
    """Who may do what, as it is administered, recorded and signed in with."""

    work: IdentityWork
    record: IdentityRecord
    sign_in: SignIn
    cookie_name: str
    # The cookie is sent over TLS only, and so is the page that sends it.
    is_secure: bool


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
    executions: Executions
    usage: UsageRecords
    record_metrics: Collector
    controls: ControlsDesk
    identity: IdentityDoor
    ui_tokens: UiTokens
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
