"""What handlers are given; the composition root fills it in."""

from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from annex_registry.domain.app_domain import HostName
from annex_registry.domain.feed import FeedWatch
from annex_registry.domain.ports import BundleStore, IdTokenIssuers, Records
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.secrets import RotationPolicy
from annex_registry.domain.signing_state import SignedSize
from annex_registry.domain.trusted_publishing import RandomBytes
from annex_registry.domain.turns import Turns
from annex_shared.clock import Clock, NewId
from annex_shared.http.health import Ping
from annex_shared.secret_sealing import SecretSealer
from annex_shared.service_tokens import ServiceTokenVerifier


@dataclass(frozen=True, slots=True)
class Dependencies:
    """``pings`` answer /readyz; a bus that is down is told there and makes nobody unready."""

    records: Records
    bundles: BundleStore
    policy: PublishPolicy
    sealer: SecretSealer | None
    clock: Clock
    new_id: NewId
    verifier: ServiceTokenVerifier
    feeds: FeedWatch
    issuers: IdTokenIssuers
    random_bytes: RandomBytes
    pings: dict[str, Ping]
    signed: SignedSize
    turns: Turns = field(default_factory=Turns)
    rotation: RotationPolicy = field(default_factory=RotationPolicy)
    proof_wait_seconds: float = 5
    publish_token_lifetime: timedelta = timedelta(minutes=15)
    are_extensions_enabled: bool = True
    app_domain_root: HostName | None = None
    runner_api_key: str | None = None


DEPENDENCIES = web.AppKey("dependencies", Dependencies)


def dependencies_of(request: web.Request) -> Dependencies:
    return request.app[DEPENDENCIES]
