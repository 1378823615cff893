"""Which policy a run is at, so that a refusal is counted and recorded under the policy that refused."""

from dataclasses import dataclass, field
from types import TracebackType

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

    def at(self, policy: Policy) -> "_Step":
        """Do a policy's work; what it refuses is counted once, under its name."""
        return _Step(self, policy)


class _Step:
    """One policy of a story. A class and no generator, because every call passes ten of them."""

    __slots__ = ("_before", "_policy", "_story")

    def __init__(self, story: Story, policy: Policy) -> None:
        self._story = story
        self._policy = policy
        self._before = story.policy

    def __enter__(self) -> None:
        self._before, self._story.policy = self._story.policy, self._policy

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _where: TracebackType | None
    ) -> None:
        if kind is None:
            self._story.policy = self._before
        elif isinstance(error, AnnexError) and self._story.policy is self._policy:
            self._story.metrics.refused(self._policy, error)
