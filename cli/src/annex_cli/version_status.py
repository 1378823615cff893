"""Say something about a published version, and show beforehand how many tenants it concerns."""

import asyncio
import shlex
from dataclasses import dataclass, replace

from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.errors import ConsentRequired, InvalidUsage, OutcomeUnknown, PlatformUnreachable
from annex_cli.platform_client import PlatformClient
from annex_cli.session import Session
from annex_shared.contracts.versions import ChangeVersionStatus, VersionStatusReceipt
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber

_TAKEN_BACK = "Taken back."
# What is asked about first: its command, and what becomes of those who run the version.
_WEIGHTY = {
    "yanked": ("yank", "They keep it; nobody else can install it, and its number stays spent."),
    "blocked": (
        "block",
        "It stops for them at once: it is neither delivered, installed nor run, until it is unblocked.",
    ),
}


@dataclass(frozen=True, slots=True)
class StatusWish:
    """``consequence`` is what happens to who runs the version; whoever wants that sees their number first."""

    extension: ExtensionRef
    version: VersionNumber
    change: ChangeVersionStatus
    verb: str = ""
    consequence: str = ""

    @property
    def target(self) -> str:
        return f"{self.extension}@{self.version}"


def wish_of(target: str, status: str, reason: str | None, *, flag: str, is_undone: bool) -> StatusWish:
    """Read a command line. Raises InvalidUsage, InvalidExtensionName, InvalidVersionNumber."""
    extension, _, version = target.partition("@")
    if not version:
        raise InvalidUsage(f'"{shown(target, limit=80)}" names no version: write publisher/name@1.4.0.')
    if reason is None and not is_undone:
        raise InvalidUsage(f"{flag} is missing: everybody who uses the version reads it.")
    change = ChangeVersionStatus.model_validate(
        {"status": "active" if is_undone else status, "reason": reason or _TAKEN_BACK, "dry_run": False}
    )
    verb, consequence = ("", "") if is_undone else _WEIGHTY.get(status, ("", ""))
    return StatusWish(ExtensionRef.parse(extension), VersionNumber.parse(version), change, verb, consequence)


def say_of_version(session: Session, wish: StatusWish) -> None:
    receipt = asyncio.run(_say(session, wish))
    data: dict[str, JsonValue] = receipt.model_dump(mode="json")
    words = "is" if receipt.changed else "was already"
    session.show(
        data,
        session.ok(f"{wish.target} {words} {receipt.status}; {_tenants(receipt.tenants_running)} it"),
    )


async def _say(session: Session, wish: StatusWish) -> VersionStatusReceipt:
    async with session.platform(Purpose.ADMINISTER) as client:
        if wish.consequence:
            rehearsed = replace(wish, change=wish.change.model_copy(update={"dry_run": True}))
            _agree(session, wish, await _send(client, rehearsed))
        return await _send(client, wish)


def _agree(session: Session, wish: StatusWish, rehearsal: VersionStatusReceipt) -> None:
    """Show whom it concerns. Raises ConsentRequired unless somebody said yes."""
    lines = (
        f"{wish.target}: {_tenants(rehearsal.tenants_running)} it. {wish.consequence}\n"
        f"  reason   {wish.change.reason}"
    )
    if session.settings.is_confirmed:
        session.terminal.say(lines)
        return
    hint = f"annex {wish.verb} {wish.target} --reason {shlex.quote(wish.change.reason)} --yes"
    if not session.terminal.is_interactive:
        session.terminal.say(lines)
        raise ConsentRequired(
            f"{_tenants(rehearsal.tenants_running).capitalize()} {wish.target}, and nobody is here to agree.",
            hint=hint,
            details={"tenants_running": rehearsal.tenants_running},
        )
    session.terminal.fail(lines)
    if not session.terminal.ask(f"{wish.verb.capitalize()} {wish.target}?"):
        raise ConsentRequired("Not agreed to. Nothing was changed.", hint=hint)


async def _send(client: PlatformClient, wish: StatusWish) -> VersionStatusReceipt:
    try:
        return await client.change_version_status(str(wish.extension), str(wish.version), wish.change)
    except PlatformUnreachable as lost:
        if not lost.is_sent or wish.change.dry_run:
            raise
        raise OutcomeUnknown(
            f"What is said of {wish.target} was sent and may be recorded. {lost.message}",
            hint="Run the same command again: said twice, it is recorded once.",
            details={"extension": str(wish.extension), "version": str(wish.version)},
        ) from None


def _tenants(count: int) -> str:
    match count:
        case 0:
            return "no tenant runs"
        case 1:
            return "1 tenant runs"
        case _:
            return f"{count} tenants run"
