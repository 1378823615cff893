"""Which hosts an install may call: those its version declares, as far as the tenant allows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from annex_registry.domain.errors import EgressNotDeclared
from annex_registry.domain.version import PublishedVersion
from annex_shared.host_patterns import HostPattern, parse_host_patterns, usable_host_patterns

HTTP_FETCH = "cap:http.fetch"
Hosts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EgressDecision:
    """``wanted`` None leaves it to what was decided before; ``is_new`` tells a first grant of http.fetch."""

    wanted: Sequence[str] | None
    before: Hosts
    is_granted: bool
    is_new: bool

    def made_for(self, version: PublishedVersion, declared: Hosts) -> Hosts:
        """Return what is allowed from now on. Raises EgressNotDeclared, InvalidHostPattern.

        Granting http.fetch without naming hosts allows those the manifest shows at that moment; what a later
        version declares besides is allowed only by naming it.
        """
        if self.wanted is not None:
            return _accepted(self.wanted, version, declared)
        if not self.is_granted:
            return ()
        return declared if self.is_new else still_declared(self.before, declared)


def declared_egress(manifest: object) -> Hosts:
    """Read a manifest that was judged when it was uploaded; the field was free before it had a meaning."""
    hosts = manifest.get("x-annex-egress") if isinstance(manifest, dict) else None
    return spelled(hosts)


def spelled(hosts: object) -> Hosts:
    """Read a stored list in its one spelling."""
    return tuple(str(pattern) for pattern in usable_host_patterns(hosts if isinstance(hosts, list) else ()))


def still_declared(allowed: Hosts, declared: Hosts) -> Hosts:
    """Keep what is allowed and declared; narrower than declared is both."""
    return tuple(host for host in allowed if _is_covered(HostPattern.parse(host), declared))


def allowed_again(then: Hosts, *, allowed_now: Hosts, declared_now: Hosts) -> Hosts:
    """Return what was allowed at an earlier time, less what the tenant took away since."""
    return tuple(
        host
        for host in then
        if not _is_covered(HostPattern.parse(host), declared_now)
        or _is_covered(HostPattern.parse(host), allowed_now)
    )


def _accepted(wanted: Sequence[str], version: PublishedVersion, declared: Hosts) -> Hosts:
    patterns = parse_host_patterns(wanted)
    foreign = next((pattern for pattern in patterns if not _is_covered(pattern, declared)), None)
    if foreign is not None:
        listed = ", ".join(declared) or "none"
        raise EgressNotDeclared(
            f"{version.extension.ref} {version.number} does not declare the host {foreign}. It declares "
            f"{listed}. Allow only what it declares, or less of it.",
            details={"host": str(foreign), "declared": list(declared)},
        )
    return tuple(str(pattern) for pattern in patterns)


def _is_covered(pattern: HostPattern, by: Hosts) -> bool:
    return any(HostPattern.parse(host).covers(pattern) for host in by)
