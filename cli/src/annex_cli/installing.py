"""What commands about installs share: finding one, choosing a version, and reading their flags."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from annex_cli.consent import parse_grants
from annex_cli.errors import (
    ExtensionNotInstalled,
    FileNotUsable,
    InvalidUsage,
    OutcomeUnknown,
    PlatformUnreachable,
    VersionNotFound,
)
from annex_cli.platform_client import PlatformClient
from annex_cli.session import Session
from annex_shared.contracts.installs import InstallView
from annex_shared.contracts.versions import VersionDetail, VersionRow
from annex_shared.host_patterns import InvalidHostPattern, parse_host_patterns, usable_host_patterns
from annex_shared.names import ExtensionRef
from annex_shared.strict_json import NotStrictJson, read_strict_json

_MAX_CONFIG_BYTES = 1 << 20
_NEWEST = 100
_WITHDRAWN = frozenset({"yanked", "blocked"})

Answered = TypeVar("Answered")


async def present_install(client: PlatformClient, extension: ExtensionRef) -> InstallView | None:
    """Find the tenant's install of an extension."""
    installs = (await client.installs()).items
    return next((install for install in installs if install.extension == str(extension)), None)


async def require_install(client: PlatformClient, extension: ExtensionRef) -> InstallView:
    """Find the tenant's install of an extension. Raises ExtensionNotInstalled."""
    install = await present_install(client, extension)
    if install is None:
        raise ExtensionNotInstalled(
            f"{extension} is not installed in this tenant.", hint=f"annex install {extension}"
        )
    return install


@dataclass(frozen=True, slots=True)
class NewestVersion:
    """The newest version that takes installs, and whether it comes after the one that is installed."""

    row: VersionRow
    is_newer: bool


async def newest_version(
    client: PlatformClient, extension: ExtensionRef, present: InstallView | None
) -> NewestVersion:
    """Choose as a person would: never an older version than the one that is installed."""
    rows = (await client.versions(str(extension), limit=_NEWEST)).items
    if not rows:
        raise VersionNotFound(f"{extension} has no version.")
    # Newest first: what stands before the installed one is newer. Where all are withdrawn, the platform says
    # of the newest why.
    place = next((i for i, row in enumerate(rows) if row.status not in _WITHDRAWN), 0)
    installed = (
        len(rows)
        if present is None
        else next((i for i, row in enumerate(rows) if row.version_id == present.version_id), len(rows))
    )
    return NewestVersion(rows[place], place < installed)


async def answer_of(request: Awaitable[Answered], what: str) -> Answered:
    """Await a change. Raises OutcomeUnknown when it was sent and no answer came."""
    try:
        return await request
    except PlatformUnreachable as lost:
        if not lost.is_sent:
            raise
        raise OutcomeUnknown(
            f"{what} was sent and may be done. {lost.message}",
            hint="Run the same command again: it settles what happened.",
        ) from None


def capabilities_of(flag: str, text: str | None) -> list[str] | None:
    """Read --grant or --deny. Raises InvalidUsage."""
    try:
        return None if text is None else parse_grants(text)
    except ValueError as error:
        raise InvalidUsage(f"{flag} cannot be read: {error}.") from None


def hosts_of(texts: tuple[str, ...]) -> list[str] | None:
    """Read --egress, given any number of times; the one word `none` allows no host. Raises InvalidUsage."""
    if not texts:
        return None
    named = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    try:
        return [] if named == ["none"] else [str(host) for host in parse_host_patterns(named)]
    except InvalidHostPattern as error:
        raise InvalidUsage(error.message) from None


def declared_hosts(version: VersionDetail) -> list[str]:
    """Name the hosts the version's manifest wants to call."""
    hosts = (version.manifest or {}).get("x-annex-egress")
    return [str(pattern) for pattern in usable_host_patterns(hosts if isinstance(hosts, list) else ())]


def listed(capabilities: list[str]) -> str:
    return ", ".join(name.removeprefix("cap:") for name in capabilities) or "nothing"


def granted_lines(install: InstallView) -> str:
    lines = f"           granted: {listed(install.grants)}"
    denied = [name for name in install.denied if name in install.capabilities]
    lines += f"\n           denied: {listed(denied)}" if denied else ""
    if not install.declared_egress:
        return lines
    lines += f"\n           may call: {', '.join(install.egress) or 'no host'}"
    closed = [host for host in install.declared_egress if host not in install.egress]
    return f"{lines}\n           asks for besides: {', '.join(closed)}" if closed else lines


def read_config(session: Session, file: str) -> dict[str, JsonValue]:
    """Read one JSON object; the platform judges it by the version's schema. Raises FileNotUsable."""
    try:
        with session.path(file).open("rb") as source:
            document = read_strict_json(source.read(_MAX_CONFIG_BYTES))
    except OSError as error:
        raise FileNotUsable(f"{file} cannot be read: {error.strerror}.") from None
    except NotStrictJson as reason:
        raise FileNotUsable(f"{file} is not JSON: {reason}.") from None
    if not isinstance(document, dict):
        raise FileNotUsable(f"{file} must be one JSON object.")
    return document
