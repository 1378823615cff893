"""How often a principal may publish: buckets that hold a burst and refill steadily."""

import math
from dataclasses import dataclass
from enum import StrEnum

from annex_registry.domain.errors import RateLimited


class LimitedAction(StrEnum):
    """What is counted. Every attempt at a number counts as one, also a refused one."""

    PUBLISH_VERSION = "publish_version"
    CREATE_EXTENSION = "create_extension"


_WORDS = {
    LimitedAction.PUBLISH_VERSION: "publish attempts",
    LimitedAction.CREATE_EXTENSION: "new extensions",
}


@dataclass(frozen=True, slots=True)
class PublishRate:
    """A bucket of ``burst`` tokens that refills at ``per_second``."""

    burst: int
    per_second: float

    def refusal(self, action: LimitedAction, tokens: float) -> RateLimited:
        """Say when the next token is there; ``tokens`` is what is left, less than one."""
        wait_seconds = max(1, math.ceil((1 - tokens) / self.per_second))
        return RateLimited(
            f"Your {_WORDS[action]} are used up for the moment; the next is possible in {wait_seconds} s. "
            "Nothing was published. Send the same request again then.",
            details={"action": action.value, "burst": self.burst, "per_minute": self.per_second * 60},
            retry_after_seconds=wait_seconds,
        )
