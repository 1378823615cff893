"""Capability names: the ones the platform offers, and the one spelling each is compared in."""

import re
from typing import Final

PREFIX: Final = "cap:"

# Granted to every install without asking: they show nothing the call does not already carry.
DEFAULT_CAPABILITIES: Final = frozenset({"cap:context.read", "cap:log.emit", "cap:user.read"})

KNOWN_CAPABILITIES: Final = DEFAULT_CAPABILITIES | {
    "cap:client.read",
    "cap:debug.logs",
    "cap:events.emit",
    "cap:events.subscribe",
    "cap:http.fetch",
    "cap:invoice.manual.create",
    "cap:metrics",
    "cap:scheduler.manage",
    "cap:secrets.get",
    "cap:service.read",
    "cap:storage.kv",
    "cap:ui.proxy",
}

_NAME = r"[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*"
_CAPABILITY = re.compile(rf"({PREFIX})?(?P<name>{_NAME})")
_MAX_LENGTH = 128

# The same rule over what authors write: any case, surrounding space, the prefix optional.
CAPABILITY_PATTERN: Final = r"^\s*([Cc][Aa][Pp]:)?[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)*\s*$"


def normalise_capability(text: str) -> str:
    """Trim, lower-case and prefix a capability; raise ValueError if it does not look like one.

    A name the platform does not know is kept: a manifest may ask for what a newer platform offers, and a
    capability nobody grants opens nothing.
    """
    lowered = text.strip().lower()
    match = _CAPABILITY.fullmatch(lowered)
    if match is None or len(lowered) > _MAX_LENGTH or not text.strip().isascii():
        raise ValueError("a capability is written like http.fetch or cap:http.fetch")
    return PREFIX + match["name"]
