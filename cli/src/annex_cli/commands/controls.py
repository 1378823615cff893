"""`annex controls`: rates, quotas, limits and hosts that administrators set."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import click
from pydantic import JsonValue

from annex_cli.controls import ControlsFlags, ControlsPlace, controls_text, history_text, settled
from annex_cli.credentials import Purpose
from annex_cli.errors import InvalidUsage
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_shared.contracts.controls import ControlChangeView, ControlsView

Command = TypeVar("Command", bound=Callable[..., Any])

_PAGE = 100
_PLACE = (
    click.argument("extension", metavar="[EXT]", required=False),
    click.option("--tenant-wide", is_flag=True, help="All extensions of the tenant.  [without EXT]"),
    click.option("--platform", is_flag=True, help="Every tenant; for administrators of the platform."),
    click.option("--of-tenant", metavar="ID", help="The platform's word about this tenant."),
)


def _place(command: Command) -> Command:
    for flag in reversed(_PLACE):
        command = flag(command)
    return command


@click.group("controls")
def command() -> None:
    """Show and set what administrators allow: rates, quotas, limits of a call, hosts, entitlement.

    Without --platform and --of-tenant it is your tenant's own word, which only ever narrows what the
    platform allows. A change holds on every gateway within seconds.

    \b
    annex controls show acme/notes
    annex controls set acme/notes --egress api.example.com --reason "no other partner"
    annex controls set --of-tenant ID --rate tenant=50:200 --reason "contract 2027-14"
    annex controls history --tenant-wide
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("show")
@_place
@global_flags
@click.pass_context
def show(
    context: click.Context, extension: str | None, tenant_wide: bool, platform: bool, of_tenant: str | None
) -> None:
    """Show what is said at a place, beside what holds there in the end.

    Exit codes: 0 shown, 4 not allowed, 5 not installed, 9 the platform cannot say now.
    """
    session = begin(context)
    place = ControlsPlace.of(extension, is_tenant_wide=tenant_wide, is_platform=platform, of_tenant=of_tenant)

    async def read() -> ControlsView:
        async with session.platform(_purpose(place)) as client:
            return await client.controls(place.address)

    view = asyncio.run(read())
    session.show(view.model_dump(mode="json"), controls_text(view, place))


@command.command("set")
@_place
@click.option("--rate", "rates", multiple=True, metavar="NAME=PER_SECOND:BURST", help="A rate.")
@click.option("--quota", "quotas", multiple=True, metavar="SCOPE.KIND.WINDOW=LIMIT", help="A quota.")
@click.option("--limit", "limits", multiple=True, metavar="NAME=VALUE", help="A limit of one call.")
@click.option("--egress", multiple=True, metavar="HOST", help="The only hosts; `none` lets nothing out.")
@click.option("--entitled/--not-entitled", default=None, help="Whether a tenant has extensions.")
@click.option("--unset", multiple=True, metavar="NAME", help="Say nothing any more, as in rates.tenant.")
@click.option("--reason", metavar="TEXT", help="Why; kept in the history.")
@global_flags
@click.pass_context
def set_(
    context: click.Context,
    /,
    extension: str | None,
    tenant_wide: bool,
    platform: bool,
    of_tenant: str | None,
    reason: str | None,
    **said: Any,
) -> None:
    """Change what is said at a place. What is not named stays as it is.

    \b
    annex controls set --rate tenant=50:200 --reason "a load test"
    annex controls set acme/notes --limit cpu_ms=200 --quota extension.invocations.day=5000 --reason cost
    annex controls set --unset egress --reason "the partner is back"

    Exit codes: 0 done or so before, 2 a flag cannot be read, 3 it makes no sense there, 4 not allowed,
    5 not installed, 6 somebody else changed it meanwhile, 8 more than the platform allows,
    9 the platform cannot record it now, 10 sent without an answer.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    place = ControlsPlace.of(extension, is_tenant_wide=tenant_wide, is_platform=platform, of_tenant=of_tenant)
    flags = ControlsFlags(
        said["rates"], said["quotas"], said["limits"], said["egress"], said["entitled"], said["unset"]
    )
    if flags == ControlsFlags():
        raise InvalidUsage("Nothing is set. `annex controls set --help` lists what can be.")
    if not reason:
        raise InvalidUsage("--reason is missing: the history says why.")

    async def send() -> tuple[ControlsView, ControlsView]:
        async with session.platform(Purpose.ADMINISTER) as client:
            before = await client.controls(place.address)
            wish = flags.applied_to(before, reason=reason)
            look = f"annex controls show {place.flags}"
            return before, await settled(client.set_controls(place.address, wish), look)

    before, after = asyncio.run(send())
    is_changed = before.revision != after.revision
    data: dict[str, JsonValue] = {
        **after.model_dump(mode="json"),
        "result": "changed" if is_changed else "unchanged",
    }
    session.show(data, controls_text(after, place))


@command.command("history")
@_place
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, help="At most so many changes.  [20]")
@global_flags
@click.pass_context
def history(
    context: click.Context,
    extension: str | None,
    tenant_wide: bool,
    platform: bool,
    of_tenant: str | None,
    limit: int,
) -> None:
    """Show who changed what when and why, newest first.

    Exit codes: 0 shown, 4 not allowed, 5 not installed, 9 the platform cannot say now.
    """
    session = begin(context)
    place = ControlsPlace.of(extension, is_tenant_wide=tenant_wide, is_platform=platform, of_tenant=of_tenant)

    async def read() -> list[ControlChangeView]:
        async with session.platform(_purpose(place)) as client:
            found: list[ControlChangeView] = []
            after: str | None = None
            while len(found) < limit:
                page = await client.control_history(
                    place.address, limit=min(_PAGE, limit - len(found)), after=after
                )
                found += page.items
                after = page.next_after
                if after is None:
                    break
            return found

    changes = asyncio.run(read())
    items: list[JsonValue] = [change.model_dump(mode="json") for change in changes]
    session.show({"items": items}, history_text(changes, place))


def _purpose(place: ControlsPlace) -> Purpose:
    """Read one's own tenant as whoever one is; the rest is for administrators."""
    return Purpose.USE if place.is_own else Purpose.ADMINISTER
