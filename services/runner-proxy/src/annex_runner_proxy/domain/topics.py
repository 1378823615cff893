"""Topics: what an extension may subscribe to, and what it may emit."""

import re
from collections.abc import Mapping

from annex_shared.contracts.events import INSTALL_CHANGED, VERSION_PUBLISHED, VERSION_STATUS
from annex_shared.names import ExtensionRef

EVENTS_SUBSCRIBE = "cap:events.subscribe"
EVENTS_EMIT = "cap:events.emit"
MAX_TOPIC_LENGTH = 64
MAX_PAYLOAD_BYTES = 64 * 1024
EMITS_PER_MINUTE = 120

# Of the platform: what happens to the extension's own versions, and to the install itself.
PLATFORM_TOPICS = frozenset({VERSION_PUBLISHED, VERSION_STATUS, INSTALL_CHANGED})

_WORDS = r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*"
_OWN_TOPIC = re.compile(_WORDS)
_EXTENSION_TOPIC = re.compile(rf"extension\.event\.[a-z0-9-]{{1,64}}\.[a-z0-9-]{{1,128}}\.{_WORDS}")
_MAX_SUBSCRIBED_LENGTH = 300


def is_own_topic(topic: str) -> bool:
    """Say whether an extension may emit under this topic."""
    return len(topic) <= MAX_TOPIC_LENGTH and _OWN_TOPIC.fullmatch(topic) is not None


def extension_topic(extension: ExtensionRef, topic: str) -> str:
    """Write the topic others subscribe to; dots and underscores of the name become ``-``."""
    return f"extension.event.{extension.publisher}.{extension.name.key}.{topic}"


def subscribable(declared: Mapping[str, str]) -> dict[str, str]:
    """Keep the topics there can be events of; a manifest may name what a newer platform offers."""
    return {
        topic: handler
        for topic, handler in declared.items()
        if topic in PLATFORM_TOPICS
        or (len(topic) <= _MAX_SUBSCRIBED_LENGTH and _EXTENSION_TOPIC.fullmatch(topic) is not None)
    }
