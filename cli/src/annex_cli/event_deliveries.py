"""`annex events deliveries`: what became of the events that an install listens to."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.default_command import DefaultGroup
from annex_cli.dispatch_views import dispatch_block, dispatch_document, dispatch_table
from annex_cli.errors import DeliveryNotFound, InvalidUsage
from annex_cli.extension_requests import deliveries, redeliver
from annex_cli.installing import answer_of, require_install
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.contracts.schedules import DispatchView
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef

_STATES = ("waiting", "running", "succeeded", "failed", "dead")
_PAGE = 200
_MOST_LOOKED_THROUGH = 5_000


@click.group(
    "deliveries",
    cls=DefaultGroup,
    context_settings={"help_option_names": ["--help", "-h"], "ignore_unknown_options": True},
)
def command() -> None:
    """Show what became of the events an extension listens to; send one again.

    \b
    annex events deliveries acme/notes                    the last 20
    annex events deliveries acme/notes --status dead      given up, and kept
    annex events deliveries show acme/notes ID            every attempt
    annex events deliveries redeliver acme/notes ID
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("list")
@click.argument("extension", metavar="EXT")
@click.option("--status", type=click.Choice(_STATES), help="Only these.")
@click.option("--topic", metavar="TOPIC", help="Only events of this topic.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, help="How many.  [20]")
@global_flags
@click.pass_context
def list_some(
    context: click.Context, extension: str, status: str | None, topic: str | None, limit: int
) -> None:
    """List deliveries, newest first.

    Exit codes: 0 listed, 4 not allowed, 5 not installed.
    """
    session = begin(context)
    asyncio.run(_list(session, ExtensionRef.parse(extension), status, topic, limit))


@command.command("show")
@click.argument("extension", metavar="EXT")
@click.argument("delivery_id", metavar="ID")
@global_flags
@click.pass_context
def show(context: click.Context, extension: str, delivery_id: str) -> None:
    """Show one delivery with every attempt; the end of its id will do.

    Exit codes: 0 shown, 4 not allowed, 5 not installed or no such delivery.
    """
    session = begin(context)
    asyncio.run(_show(session, ExtensionRef.parse(extension), delivery_id))


@command.command("redeliver")
@click.argument("extension", metavar="EXT")
@click.argument("delivery_ids", metavar="[ID]...", nargs=-1)
@click.option("--all-dead", is_flag=True, help="All that were given up.")
@click.option("--dry-run", is_flag=True, help="Show which; send nothing.")
@global_flags
@click.pass_context
def redeliver_some(
    context: click.Context, extension: str, delivery_ids: tuple[str, ...], all_dead: bool, dry_run: bool
) -> None:
    """Give deliveries that were given up, or have ended, a new budget of attempts.

    The extension gets the same event with the same id and idempotency key.

    Exit codes: 0 will be sent again, 4 not allowed, 5 not installed or no such delivery,
    10 sent without an answer.
    """
    session = begin(context)
    if all_dead == bool(delivery_ids):
        raise InvalidUsage("Name deliveries, or say --all-dead; one of the two.")
    asyncio.run(_redeliver(session, ExtensionRef.parse(extension), delivery_ids, is_rehearsal=dry_run))


async def _list(
    session: Session, extension: ExtensionRef, status: str | None, topic: str | None, limit: int
) -> None:
    items: list[DispatchView] = []
    async with session.platform(Purpose.USE) as client:
        install = await require_install(client, extension)
        async for one in _deliveries(client, install.install_id, status, topic):
            items.append(one)
            if len(items) == limit:
                break
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "items": [dispatch_document(one) for one in items],
    }
    session.show(data, dispatch_table(items, source="TOPIC") if items else "No delivery fits.")


async def _show(session: Session, extension: ExtensionRef, delivery_id: str) -> None:
    async with session.platform(Purpose.USE) as client:
        install = await require_install(client, extension)
        found = await _find(client, install.install_id, extension, delivery_id)
    session.show({"extension": str(extension), **dispatch_document(found)}, dispatch_block(found))


async def _redeliver(
    session: Session, extension: ExtensionRef, delivery_ids: Sequence[str], *, is_rehearsal: bool
) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        install = await require_install(client, extension)
        if delivery_ids:
            chosen = [await _find(client, install.install_id, extension, one) for one in delivery_ids]
        else:
            chosen = [one async for one in _deliveries(client, install.install_id, "dead", None)]
        session.if_stopped = "Stopped. Some of them may be sent again; see annex events deliveries."
        for one in () if is_rehearsal else chosen:
            await answer_of(redeliver(client, install.install_id, one.id), f"The redelivery of {one.id}")
    ended = "would be sent again" if is_rehearsal else "will be sent again"
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "deliveries": [one.id for one in chosen],
        "result": "would_redeliver" if is_rehearsal else "redelivered",
    }
    count = "1 delivery" if len(chosen) == 1 else f"{len(chosen)} deliveries"
    session.show(data, session.ok(f"{count} of {extension} {ended}"))


async def _find(
    client: PlatformClient, install_id: str, extension: ExtensionRef, delivery_id: str
) -> DispatchView:
    """Look a delivery up by its id or the end of it. Raises DeliveryNotFound, InvalidUsage."""
    wanted = delivery_id.lower()
    fitting = [one async for one in _deliveries(client, install_id, None, None) if one.id.endswith(wanted)]
    if len(fitting) > 1:
        raise InvalidUsage(f'"{shown(delivery_id, limit=80)}" ends the ids of {len(fitting)} deliveries.')
    if not fitting:
        raise DeliveryNotFound(
            f"{extension} has no delivery {shown(delivery_id, limit=80)}. They are kept for a month.",
            hint=f"annex events deliveries {extension}",
        )
    return fitting[0]


async def _deliveries(
    client: PlatformClient, install_id: str, state: str | None, topic: str | None
) -> AsyncIterator[DispatchView]:
    """Go through the list, newest first, and not for ever."""
    before: int | None = None
    for _ in range(_MOST_LOOKED_THROUGH // _PAGE):
        query = {"state": state, "topic": topic, "limit": _PAGE, "before": before}
        page = await deliveries(client, install_id, query)
        for one in page.items:
            yield one
        before = page.next_before
        if before is None:
            return
