"""What the policies of the pipeline are decided with."""

from dataclasses import dataclass

from annex_gateway.actions.attempt_run import Attempting
from annex_gateway.actions.authenticate import Authenticator
from annex_gateway.actions.entrance import Entrance
from annex_gateway.actions.keep_quotas import QuotaKeeper
from annex_gateway.actions.projections import Projections
from annex_gateway.actions.record_run import Recorder
from annex_gateway.actions.run_once import Once
from annex_gateway.domain.controls import ControlsSource
from annex_gateway.domain.ports import PolicyMetrics, RateLimiter, Runner


@dataclass(frozen=True, slots=True)
class Policies:
    """One field for each thing a policy asks or changes."""

    authenticator: Authenticator
    projections: Projections
    rate_limiter: RateLimiter
    controls: ControlsSource
    quotas: QuotaKeeper
    once: Once
    entrance: Entrance
    attempting: Attempting
    runner: Runner
    recorder: Recorder
    metrics: PolicyMetrics
    max_answer_bytes: int
