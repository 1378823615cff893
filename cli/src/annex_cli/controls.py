"""What `annex controls` says and shows: places, changes read from flags, and tables."""

import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import ValidationError

from annex_cli.errors import InvalidUsage, OutcomeUnknown, PlatformUnreachable
from annex_cli.installing import hosts_of
from annex_cli.presenting import moment
from annex_cli.table import text_table
from annex_shared.contracts.controls import (
    ControlChangeView,
    ControlsView,
    EffectiveControls,
    SetControls,
)
from annex_shared.names import ExtensionRef

_RATE: Final = re.compile(
    r"(?P<name>tenant|install|extension|user)=(?P<rate>[0-9]+(\.[0-9]+)?):(?P<burst>[0-9]+)"
)
_QUOTA: Final = re.compile(
    r"(?P<scope>tenant|extension)\.(?P<kind>invocations|cpu_ms|mem_mb_ms|egress_bytes)"
    r"\.(?P<window>day|month)=(?P<limit>[0-9]+)"
)
_LIMIT: Final = re.compile(r"(?P<name>timeout_ms|memory_mb|cpu_ms|fuel)=(?P<value>[0-9]+)")

Answered = TypeVar("Answered")


@dataclass(frozen=True, slots=True)
class ControlsPlace:
    """Where something is said: its address at the gateway, and its name for people and commands."""

    address: str
    name: str
    flags: str
    is_own: bool

    @classmethod
    def of(
        cls, extension: str | None, *, is_tenant_wide: bool, is_platform: bool, of_tenant: str | None
    ) -> "ControlsPlace":
        """Choose the place that flags mean. Raises InvalidUsage, InvalidExtensionName."""
        if sum((extension is not None, is_tenant_wide, is_platform)) > 1:
            raise InvalidUsage("Name an extension, or --tenant-wide, or --platform: one of them.")
        if is_platform:
            if of_tenant is not None:
                raise InvalidUsage("--platform is about every tenant; leave --of-tenant out.")
            return cls("/api/v1/controls/platform", "the whole platform", "--platform", is_own=False)
        base, whose, flags = "/api/v1/controls", "your tenant", []
        if of_tenant is not None:
            tenant_id = uuid_of("--of-tenant", of_tenant)
            base, whose = f"/api/v1/tenants/{tenant_id}/controls", f"tenant {tenant_id}"
            flags = ["--of-tenant", str(tenant_id)]
        if extension is None:
            return cls(base, whose, " ".join(flags or ["--tenant-wide"]), is_own=not flags)
        address = f"{base}/extensions/{extension_segment(extension)}"
        return cls(address, f"{extension} in {whose}", " ".join([extension, *flags]), is_own=not flags)


@dataclass(frozen=True, slots=True)
class ControlsFlags:
    """The flags of `annex controls set` as they were given."""

    rates: tuple[str, ...] = ()
    quotas: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    egress: tuple[str, ...] = ()
    is_entitled: bool | None = None
    unset: tuple[str, ...] = ()

    def applied_to(self, before: ControlsView, *, reason: str) -> SetControls:
        """Change what was said, and keep the rest. Raises InvalidUsage."""
        rates = {name: rate.model_dump() for name, rate in before.rates.items()}
        quotas = {_quota_name(row.model_dump()): row.model_dump() for row in before.quotas}
        limits: dict[str, int] = dict(before.limits)
        said: dict[str, Any] = {
            "revision": before.revision,
            "reason": reason,
            "egress_hosts": before.egress_hosts,
            "is_entitled": before.is_entitled,
        }
        for name in self.unset:
            _unset(name, said, rates=rates, quotas=quotas, limits=limits)
        for text in self.rates:
            rate = _read("--rate", text, _RATE, "tenant=50:200")
            rates[rate["name"]] = {"per_second": float(rate["rate"]), "burst": int(rate["burst"])}
        for text in self.quotas:
            quota = _read("--quota", text, _QUOTA, "tenant.invocations.month=1000000")
            quotas[_quota_name(quota)] = quota | {"limit": int(quota["limit"])}
        for text in self.limits:
            limit = _read("--limit", text, _LIMIT, "cpu_ms=2000")
            limits[limit["name"]] = int(limit["value"])
        if self.egress:
            said["egress_hosts"] = hosts_of(self.egress)
        if self.is_entitled is not None:
            said["is_entitled"] = self.is_entitled
        return _wish(said | {"rates": rates, "quotas": list(quotas.values()), "limits": limits})


def extension_segment(extension: str) -> str:
    """Write an extension as one URL segment; an id or a bare installed name stays as it is."""
    return ExtensionRef.parse(extension).segment if "/" in extension else quote(extension, safe="")


def uuid_of(flag: str, text: str) -> UUID:
    """Read an id. Raises InvalidUsage."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidUsage(f'{flag} "{text}" is not an id.') from None


def controls_text(view: ControlsView, place: ControlsPlace) -> str:
    """Show what is said at a place beside what holds there in the end."""
    said, holds = figures_of(view), figures_of(view.effective) if view.effective else {}
    head = f"{place.name} · " + (f"revision {view.revision}" if view.revision else "nothing was ever said")
    names = [*holds, *(name for name in said if name not in holds)]
    if not names:
        return head
    if view.effective is None:
        return f"{head}\n\n" + text_table(("NAME", "SAID"), [(name, said[name]) for name in names])
    rows = [(name, said.get(name, ""), holds.get(name, "")) for name in names]
    return f"{head}\n\n" + text_table(("NAME", "SAID HERE", "HOLDS"), rows)


def history_text(changes: Sequence[ControlChangeView], place: ControlsPlace) -> str:
    if not changes:
        return f"Nothing was ever said about {place.name}."
    rows = [
        (str(one.revision), moment(one.changed_at), one.key_id, one.reason, _differences(one))
        for one in changes
    ]
    return text_table(("REVISION", "WHEN", "KEY", "WHY", "WHAT"), rows)


async def settled(call: Awaitable[Answered], look: str) -> Answered:
    """Await a change. Raises OutcomeUnknown when it was sent and no answer came."""
    try:
        return await call
    except PlatformUnreachable as lost:
        if not lost.is_sent:
            raise
        raise OutcomeUnknown(
            f"The change was sent and may be made. {lost.message}", hint=f"`{look}` shows what is true."
        ) from None


def figures_of(view: ControlsView | EffectiveControls) -> dict[str, str]:
    """Write what is said as names and figures."""
    figures = {
        f"rates.{name}": f"{rate.per_second:g}/s, {rate.burst:,} at once" for name, rate in view.rates.items()
    }
    figures |= {f"quotas.{_quota_name(row.model_dump())}": f"{row.limit:,}" for row in view.quotas}
    figures |= {f"limits.{name}": f"{value:,}" for name, value in view.limits.items()}
    if view.egress_hosts is not None:
        figures["egress"] = ", ".join(view.egress_hosts) or "none"
    if view.is_entitled is not None:
        figures["entitled"] = "yes" if view.is_entitled else "no"
    if isinstance(view, EffectiveControls) and view.stop is not None:
        figures["stopped"] = f"the {view.stop.scope}: {view.stop.reason}"
    return figures


def _differences(change: ControlChangeView) -> str:
    """Name the members that a change touched."""
    before, after = change.before or {}, change.after or {}
    touched = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return ", ".join(touched)


def _read(flag: str, text: str, pattern: re.Pattern[str], example: str) -> dict[str, Any]:
    match = pattern.fullmatch(text.strip())
    if match is None:
        raise InvalidUsage(f'{flag} "{text}" cannot be read. Write it like {example}.')
    return match.groupdict()


def _quota_name(row: dict[str, Any]) -> str:
    return f"{row['scope']}.{row['kind']}.{row['window']}"


def _unset(
    name: str, said: dict[str, Any], *, rates: dict[str, Any], quotas: dict[str, Any], limits: dict[str, int]
) -> None:
    kind, _, rest = name.partition(".")
    tables: dict[str, dict[str, Any]] = {"rates": rates, "quotas": quotas, "limits": limits}
    members = {"egress": "egress_hosts", "entitled": "is_entitled"}
    if kind in tables and not rest:
        tables[kind].clear()
    elif kind in tables and rest in tables[kind]:
        del tables[kind][rest]
    elif name in members:
        said[members[name]] = None
    else:
        raise InvalidUsage(
            f'--unset "{name}" names nothing that is said here. `annex controls show` lists the names.'
        )


def _wish(said: dict[str, Any]) -> SetControls:
    try:
        return SetControls.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidUsage(f"{where}: {first['msg']}.") from None
