"""Which policy a run is at, so that a refusal is counted and recorded under the policy that refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from annex_gateway.domain.executions import Draft
from annex_gateway.domain.policies import Policy
from annex_gateway.domain.ports import PolicyMetrics
from annex_shared.errors import AnnexError


@dataclass(slots=True)
class Story:
    """How far one run came."""

    metrics: PolicyMetrics
    draft: Draft = field(default_factory=Draft)
    policy: Policy = Policy.ROUTE

    def taken_over(self) -> "Story":
        """Give the rest of the run, and its record, to somebody who sees it to the end."""
        taken = Story(self.metrics, self.draft, self.policy)
        self.draft = Draft()
        return taken

    @contextmanager
    def at(self, policy: Policy) -> Iterator[None]:
        """Do a policy's work; what it refuses is counted once, under its name."""
        before, self.policy = self.policy, policy
        try:
            yield
        except AnnexError as error:
            if self.policy is policy:
                self.metrics.refused(policy, error)
            raise
        self.policy = before
