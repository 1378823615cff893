"""What may leave on a guest's behalf: which hosts, which addresses, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from annex_runner_proxy.domain.addresses import IpNetwork, is_in, is_private_use, is_public, plain_address
from annex_runner_proxy.domain.errors import SubrequestLimitExceeded
from annex_runner_proxy.domain.host_call import CallScope
from annex_runner_proxy.domain.installs import Install
from annex_runner_proxy.domain.web_target import Target
from annex_shared.web_hosts import IpAddress, normalise_host

# The cases of `http-error` in the WIT world.
EgressError = Literal["invalid-url", "not-allowed", "transport", "internal"]
# What one byte takes in a sandbox while it is handed over.
_BYTES_PER_BYTE: Final = 32
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS: Final = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}


class EgressFailed(Exception):
    """A request was not made, or has no answer. The guest learns ``error``, an operator ``reason`` too."""

    def __init__(self, error: EgressError, reason: str) -> None:
        super().__init__(reason)
        self.error: EgressError = error
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What the platform says to every install, whatever its tenant allows.

    ``private_hosts`` are exact names of hosts in networks of the operator's own.
    """

    deny_hosts: tuple[str, ...] = ()
    deny_networks: tuple[IpNetwork, ...] = ()
    private_hosts: frozenset[str] = field(default_factory=frozenset)

    def require_host(self, install: Install, target: Target) -> None:
        """Deny by default: manifest, install and controls allow it, and the platform does not deny it.

        Raises EgressFailed.
        """
        if not any(pattern.matches(*target.origin) for pattern in install.declared_egress):
            raise EgressFailed("not-allowed", "the manifest does not declare the host")
        if not any(pattern.matches(*target.origin) for pattern in install.egress):
            raise EgressFailed("not-allowed", "the install does not allow the host")
        controlled = install.controlled_egress
        if controlled is not None and not any(pattern.matches(*target.origin) for pattern in controlled):
            raise EgressFailed("not-allowed", "the tenant's controls do not allow the host")
        if any(_is_named(target.host, denied) for denied in self.deny_hosts):
            raise EgressFailed("not-allowed", "the platform denies the host")

    def usable(self, host: str, addresses: Sequence[IpAddress]) -> tuple[IpAddress, ...]:
        """Return the addresses to connect to, in order. One bad address spoils the answer.

        A name that answers with a public and a private address is either set up wrongly or an attack.
        Raises EgressFailed.
        """
        if not addresses:
            raise EgressFailed("transport", "the name has no address")
        is_private_host = host in self.private_hosts
        for address in addresses:
            if is_in(address, self.deny_networks):
                raise EgressFailed("not-allowed", "the platform denies the address")
            if not is_public(address) and not (is_private_host and is_private_use(address)):
                raise EgressFailed("not-allowed", "the address is not public")
        return tuple(dict.fromkeys(plain_address(address) for address in addresses))


@dataclass(slots=True)
class SubrequestMeter:
    """Counts one subrequest against what its call may spend. Raises SubrequestLimitExceeded."""

    scope: CallScope
    content_bytes: int = 0

    def moved(self, size_bytes: int) -> None:
        """Count bytes that were sent or received, heads included."""
        self.scope.egress_bytes += size_bytes
        limit = self.scope.limits.egress_bytes
        if self.scope.egress_bytes > limit:
            raise over_limit("egress_bytes", limit, "move more bytes through its subrequests")

    def content(self, size_bytes: int) -> None:
        """Count bytes of an answer as the guest would get them, decompressed."""
        self.content_bytes += size_bytes
        limits = self.scope.limits
        limit = min(limits.subrequest_bytes, limits.memory_bytes // _BYTES_PER_BYTE)
        if self.content_bytes > limit:
            raise over_limit("subrequest_bytes", limit, "take a larger answer of a subrequest")


def begin_subrequest(scope: CallScope) -> SubrequestMeter:
    """Count a subrequest before anything is done for it. Raises SubrequestLimitExceeded."""
    limits = scope.limits
    if scope.subrequests >= limits.subrequests:
        raise over_limit("subrequests", limits.subrequests, "make more subrequests")
    if scope.subrequests_in_flight >= limits.subrequests_at_once:
        raise over_limit("subrequests_at_once", limits.subrequests_at_once, "make more at once")
    scope.subrequests += 1
    return SubrequestMeter(scope)


def over_limit(kind: str, limit: int, what: str) -> SubrequestLimitExceeded:
    return SubrequestLimitExceeded(
        f"One call may not {what} than {limit:,}.", details={"limit": {"kind": kind, "value": limit}}
    )


def parse_denied_hosts(texts: Sequence[str]) -> tuple[str, ...]:
    """Read `host` and `*.host`; both deny every scheme and port. Raises InvalidHost."""
    return tuple(
        ("*." if text.startswith("*.") else "") + normalise_host(text.removeprefix("*.")) for text in texts
    )


def _is_named(host: str, denied: str) -> bool:
    return host.endswith(denied[1:]) if denied.startswith("*.") else host == denied
