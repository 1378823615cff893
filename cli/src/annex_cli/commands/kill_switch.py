"""`annex kill-switch`: stop a tenant, an extension or a version at once, and let it run again."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import click
from pydantic import JsonValue

from annex_cli.controls import settled
from annex_cli.credentials import Purpose
from annex_cli.errors import InvalidUsage
from annex_cli.kill_switches import SwitchTarget, switch_for, switches_text, wish_of
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.publisher_keys import agree
from annex_shared.contracts.controls import KillSwitchView

Command = TypeVar("Command", bound=Callable[..., Any])

_LOOK = "annex kill-switch list"
_TARGET = (
    click.argument("target", metavar="[EXT[@VERSION]]", required=False),
    click.option("--tenant-wide", metavar="ID", help="Everything of a tenant."),
    click.option("--in-tenant", metavar="ID", help="The extension or version in this tenant only."),
)


def _target(command: Command) -> Command:
    for flag in reversed(_TARGET):
        command = flag(command)
    return command


@click.group("kill-switch")
def command() -> None:
    """Stop a tenant, an extension or a version on every gateway within seconds.

    For administrators of the platform. Calls, schedules and events are refused with the reason.

    \b
    annex kill-switch on acme/notes@1.4.0 --reason "It leaks notes."
    annex kill-switch list
    annex kill-switch off acme/notes@1.4.0 --reason "1.4.1 is out."
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("on")
@_target
@click.option("--reason", metavar="TEXT", help="Why; whoever is refused reads it.")
@global_flags
@click.pass_context
def turn_on(
    context: click.Context,
    target: str | None,
    tenant_wide: str | None,
    in_tenant: str | None,
    reason: str | None,
) -> None:
    """Stop something. Asks first, unless --yes.

    Exit codes: 0 stopped, 4 not allowed, 5 no such extension, version or tenant, 8 not agreed to,
    9 the platform cannot record it now, 10 sent without an answer.
    """
    session = begin(context)
    wanted = SwitchTarget.of(target, tenant_wide=tenant_wide, in_tenant=in_tenant)
    if not reason:
        raise InvalidUsage("--reason is missing: whoever is refused reads why.")
    sentence = f"Nothing of {wanted} is run until `annex kill-switch off {wanted.arguments}`."
    hint = f'annex kill-switch on {wanted.arguments} --reason "…" --yes'
    agree(session, sentence, "Stop it?", hint)

    async def send() -> KillSwitchView:
        async with session.platform(Purpose.ADMINISTER) as client:
            ids = await wanted.ids(client)
            return await settled(client.turn_on(wish_of(ids, reason)), _LOOK)

    switch = asyncio.run(send())
    session.show(switch.model_dump(mode="json"), session.ok(f"{wanted} is stopped"))


@command.command("off")
@_target
@click.option("--reason", metavar="TEXT", default="switched off", help="Why; kept in the history.")
@global_flags
@click.pass_context
def turn_off(
    context: click.Context, target: str | None, tenant_wide: str | None, in_tenant: str | None, reason: str
) -> None:
    """Let something run again that was stopped with the same words.

    Exit codes: 0 done or so before, 4 not allowed, 5 no such extension or version,
    9 the platform cannot record it now, 10 sent without an answer.
    """
    session = begin(context)
    wanted = SwitchTarget.of(target, tenant_wide=tenant_wide, in_tenant=in_tenant)

    async def send() -> KillSwitchView | None:
        async with session.platform(Purpose.ADMINISTER) as client:
            switch = switch_for(await wanted.ids(client), (await client.kill_switches()).items)
            if switch is not None:
                await settled(client.turn_off(switch.switch_id, reason), _LOOK)
            return switch

    switch = asyncio.run(send())
    data: dict[str, JsonValue] = {
        "switch_id": None if switch is None else switch.switch_id,
        "result": "unchanged" if switch is None else "changed",
    }
    words = "was not stopped by a switch of its own" if switch is None else "runs again"
    session.show(data, session.ok(f"{wanted} {words}"))


@command.command("list")
@global_flags
@click.pass_context
def list_switches(context: click.Context) -> None:
    """Show the switches that are on, since when and why.

    Exit codes: 0 listed, 4 not allowed, 9 the platform cannot say now.
    """
    session = begin(context)

    async def read() -> list[KillSwitchView]:
        async with session.platform(Purpose.ADMINISTER) as client:
            return (await client.kill_switches()).items

    switches = asyncio.run(read())
    items: list[JsonValue] = [switch.model_dump(mode="json") for switch in switches]
    session.show({"items": items}, switches_text(switches))
