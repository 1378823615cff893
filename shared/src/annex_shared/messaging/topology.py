"""Exchange, queue and binding names, and what queues are declared with: the only place."""

from collections.abc import Mapping
from uuid import UUID

from annex_shared.contracts.events import EXTENSION_EVENT, INSTALL_CHANGED, VERSION_PUBLISHED, VERSION_STATUS

EXCHANGE = "annex.events"

VERSIONS_PUBLISHED = f"{VERSION_PUBLISHED}.#"
VERSIONS_STATUS = f"{VERSION_STATUS}.#"
INSTALLS_CHANGED = f"{INSTALL_CHANGED}.#"
EXTENSION_EVENTS = f"{EXTENSION_EVENT}.#"

# What subscriptions of extensions are delivered from; the replicas of runner-proxy share it.
DELIVERIES_QUEUE = "annex.runner-proxy.deliveries"

# One attempt and four redeliveries. Every process declares a queue with the same number, or the broker
# refuses the declaration, so this is no setting; an operator's policy can lower it.
WORK_ATTEMPTS = 5

_MAX_WAITING = 100_000
_MAX_WAKE_UPS = 10_000
# Looking at a dead letter counts as a delivery. Newer brokers drop what was delivered 20 times from a queue
# that names no limit.
_MAX_LOOKS = 1_000_000

QueueArguments = Mapping[str, str | int]

# A follower that falls behind loses the oldest wake-ups, sees the gap in `sequence`, and reads the feed.
FOLLOWER_ARGUMENTS: QueueArguments = {"x-max-length": _MAX_WAKE_UPS, "x-overflow": "drop-head"}

# A full dead-letter queue keeps letters in the work queue; a full work queue refuses the publisher.
DEAD_LETTER_ARGUMENTS: QueueArguments = {
    "x-queue-type": "quorum",
    "x-max-length": _MAX_WAITING,
    "x-overflow": "reject-publish",
    "x-delivery-limit": _MAX_LOOKS,
}


def follower_queue(name: str, attachment: UUID) -> str:
    """Name a follower's own queue; after a cut the broker may hold the previous one for a while."""
    return f"annex.follow.{name}.{attachment}"


def dead_letter_queue(queue: str) -> str:
    return f"{queue}.dead"


def work_arguments(queue: str) -> QueueArguments:
    """Dead-letter through the default exchange, straight into this group's own dead-letter queue."""
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": WORK_ATTEMPTS - 1,
        "x-max-length": _MAX_WAITING,
        "x-overflow": "reject-publish",
        "x-dead-letter-strategy": "at-least-once",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_letter_queue(queue),
    }
