"""What one authority says about one place, and how what is said in several places becomes one word.

The narrower place wins, field by field: settings, the platform, the platform about a tenant, the platform
about an extension in a tenant. What a tenant says of itself only ever narrows what comes out of that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from annex_gateway.domain.controls import Controls, Quota, QuotaKind, QuotaScope, QuotaWindow
from annex_gateway.domain.errors import ControlsTooWide, InvalidControls
from annex_gateway.domain.rate_limits import RateLimit, Rates
from annex_shared.host_patterns import HostPattern, parse_host_patterns, usable_host_patterns
from annex_shared.ids import ExtensionId, TenantId


class Authority(StrEnum):
    """Whose word it is."""

    PLATFORM = "platform"
    TENANT = "tenant"


class Dimension(StrEnum):
    """Of what calls are counted; a field of ``Rates``."""

    TENANT = "tenant"
    INSTALL = "install"
    EXTENSION = "extension"
    USER = "user"


# The members of `limits` in an execute request.
LIMIT_NAMES: Final = ("timeout_ms", "memory_mb", "cpu_ms", "fuel")
# One bucket serves all extensions of a tenant, so one extension has no word about it.
_RATES_OF_EXTENSIONS: Final = frozenset({Dimension.INSTALL, Dimension.EXTENSION})

# Beyond it, what Redis counts in microseconds is no whole number any more.
_LONGEST_REFILL_SECONDS: Final = 31 * 86_400

_QuotaKey = tuple[QuotaScope, QuotaKind, QuotaWindow]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ruling holds, and who made it. Without a tenant it is the whole platform."""

    authority: Authority
    tenant_id: TenantId | None = None
    extension_id: ExtensionId | None = None

    @property
    def key(self) -> str:
        """Name the place in the history; a tenant's own word and the platform's never share a name."""
        parts = [self.authority.value]
        if self.tenant_id is not None:
            parts += ["tenant", str(self.tenant_id)]
        if self.extension_id is not None:
            parts += ["extension", str(self.extension_id)]
        return "/".join(parts)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was said; a field that says nothing leaves the wider word alone.

    ``egress_hosts`` None is no list, an empty one lets nothing out.
    """

    rates: Mapping[Dimension, RateLimit] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    egress_hosts: tuple[str, ...] | None = None
    is_entitled: bool | None = None

    def checked_for(self, place: Place) -> "Ruling":
        """Return the ruling with its hosts in one spelling. Raises InvalidControls, InvalidHostPattern."""
        if self.is_entitled is not None and (
            place.extension_id is not None or place.authority is Authority.TENANT
        ):
            raise InvalidControls(
                "Only the platform entitles, and only whole tenants.", details={"field": "is_entitled"}
            )
        if place.extension_id is not None:
            self._require_of_extension()
        self._require_rates_that_refill()
        keys = [_key(quota) for quota in self.quotas]
        if len(set(keys)) != len(keys):
            raise InvalidControls("A quota is named twice.", details={"field": "quotas"})
        if self.egress_hosts is None:
            return self
        hosts = tuple(str(pattern) for pattern in parse_host_patterns(self.egress_hosts))
        return Ruling(self.rates, self.quotas, self.limits, hosts, self.is_entitled)

    def _require_rates_that_refill(self) -> None:
        for name, rate in self.rates.items():
            if rate.window_seconds > _LONGEST_REFILL_SECONDS:
                raise InvalidControls(
                    f"At {rate.per_second:g} per second, {rate.burst:,} at once take longer than 31 days to "
                    "be there again. Set a quota to allow so many in a month.",
                    details={"field": f"rates.{name}"},
                )

    def _require_of_extension(self) -> None:
        wider = sorted(set(self.rates) - _RATES_OF_EXTENSIONS)
        if wider:
            raise InvalidControls(
                f"The rate of a {wider[0]} counts calls of all extensions together; set it for the tenant.",
                details={"field": f"rates.{wider[0]}"},
            )
        if any(quota.scope is QuotaScope.TENANT for quota in self.quotas):
            raise InvalidControls(
                "A quota of the tenant counts all extensions together; set it for the tenant.",
                details={"field": "quotas"},
            )


NOTHING_SAID: Final = Ruling()


def merged(defaults: Rates, *, platform: Iterable[Ruling], own: Iterable[Ruling]) -> Controls:
    """Make one word of what was said, from the widest place to the narrowest."""
    rates = {dimension: rate_of(defaults, dimension) for dimension in Dimension}
    limits: dict[str, int] = {}
    quotas: dict[_QuotaKey, int] = {}
    hosts: tuple[str, ...] | None = None
    is_entitled = True
    for ruling in platform:
        rates |= ruling.rates
        limits |= ruling.limits
        quotas |= {_key(quota): quota.limit for quota in ruling.quotas}
        hosts = hosts if ruling.egress_hosts is None else ruling.egress_hosts
        is_entitled = is_entitled if ruling.is_entitled is None else ruling.is_entitled
    for ruling in own:
        rates |= {name: _slower(rates[name], rate) for name, rate in ruling.rates.items()}
        limits |= {name: min(limits.get(name, value), value) for name, value in ruling.limits.items()}
        for quota in ruling.quotas:
            quotas[_key(quota)] = min(quotas.get(_key(quota), quota.limit), quota.limit)
        hosts = hosts_of_both(hosts, ruling.egress_hosts)
    return Controls(
        rates=Rates(**{dimension.value: rate for dimension, rate in rates.items()}),
        is_entitled=is_entitled,
        quotas=tuple(Quota(*key, limit) for key, limit in sorted(quotas.items())),
        limits=limits,
        egress_hosts=hosts,
    )


def require_narrower(own: Ruling, allowed: Controls, limits: Mapping[str, int]) -> None:
    """Insist that a tenant's word about itself stays within what the platform allows it.

    ``limits`` are the figures of calls about which nothing was said. Raises ControlsTooWide.
    """
    for field_name, wanted, most in _figures(own, allowed, limits):
        if wanted > most:
            raise ControlsTooWide(
                f"{field_name} is {wanted:,}; {most:,} is what the platform allows this tenant. "
                "Set less, or ask whoever operates the platform.",
                details={"field": field_name, "wanted": wanted, "allowed": most},
            )
    for host in own.egress_hosts or ():
        if not _is_covered(host, allowed.egress_hosts):
            raise ControlsTooWide(
                f"{host} is not on the list of hosts the platform allows this tenant.",
                details={"field": "egress_hosts", "host": host},
            )


def hosts_of_both(wider: tuple[str, ...] | None, narrower: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return patterns for what both lists match: one of two covers the other, or nothing fits both."""
    if wider is None or narrower is None:
        return narrower if wider is None else wider
    pairs = ((one, other) for one in usable_host_patterns(wider) for other in usable_host_patterns(narrower))
    found: dict[HostPattern, None] = {}
    for one, other in pairs:
        if one.covers(other):
            found[other] = None
        elif other.covers(one):
            found[one] = None
    return tuple(str(pattern) for pattern in found)


def rate_of(rates: Rates, dimension: Dimension) -> RateLimit:
    rate: RateLimit = getattr(rates, dimension.value)
    return rate


def _figures(own: Ruling, allowed: Controls, limits: Mapping[str, int]) -> Iterator[tuple[str, float, float]]:
    for dimension, rate in own.rates.items():
        most = rate_of(allowed.rates, dimension)
        yield f"rates.{dimension}.per_second", rate.per_second, most.per_second
        yield f"rates.{dimension}.burst", rate.burst, most.burst
    for name, value in own.limits.items():
        figures = [figure[name] for figure in (allowed.limits, limits) if name in figure]
        # The platform's own word goes before the figures of those it did not speak about.
        yield f"limits.{name}", value, figures[0] if figures else value
    quotas = {_key(quota): quota.limit for quota in allowed.quotas}
    for quota in own.quotas:
        key = _key(quota)
        yield "quotas." + ".".join(key), quota.limit, quotas.get(key, quota.limit)


def _is_covered(host: str, allowed: Sequence[str] | None) -> bool:
    if allowed is None:
        return True
    wanted = HostPattern.parse(host)
    return any(pattern.covers(wanted) for pattern in usable_host_patterns(allowed))


def _slower(one: RateLimit, other: RateLimit) -> RateLimit:
    return RateLimit(min(one.per_second, other.per_second), min(one.burst, other.burst))


def _key(quota: Quota) -> _QuotaKey:
    return quota.scope, quota.kind, quota.window
