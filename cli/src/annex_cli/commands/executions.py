"""`annex executions`: how the runs of an extension ended, and what one of them left behind."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator

import click
from pydantic import JsonValue

from annex_cli.credentials import Purpose
from annex_cli.default_command import DefaultGroup
from annex_cli.errors import InvalidUsage, PlatformUnreachable
from annex_cli.execution_views import ExecutionView, execution_block, execution_row, execution_table
from annex_cli.extension_requests import execution, executions
from annex_cli.json_stream import JsonStream
from annex_cli.log_lines import LineOutput
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.request_lines import lines_of_request
from annex_cli.session import Session
from annex_cli.times import parse_time, wire_time
from annex_shared.clock import SystemClock
from annex_shared.names import ExtensionRef

_SHOWN, _FOLLOWED, _PAGE = 20, 10, 200
# A page may be empty and go on: few executions may fit in a long record.
_MOST_PAGES = 200
_LOOK_SECONDS = 2.0
_LONGEST_WAIT_SECONDS = 30.0
_ATTEMPTS = 10
_REMEMBERED = 4_096


@click.group(
    "executions",
    cls=DefaultGroup,
    context_settings={"help_option_names": ["--help", "-h"], "ignore_unknown_options": True},
)
def command() -> None:
    """Show how the runs of an extension ended: calls, schedules and events.

    \b
    annex executions acme/notes                        the last 20
    annex executions acme/notes --status error --since 1h
    annex executions acme/notes --follow               new ones, as they end
    annex executions show 0190a000-...                 all that is recorded of one, and its lines
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("list")
@click.argument("extension", metavar="EXT")
@click.option("--status", metavar="STATUS", help="Only ok, error, timeout, policy_denied, …")
@click.option("--code", metavar="CODE", help="Only those that ended with this code.")
@click.option("--trigger", type=click.Choice(["http", "schedule", "event"]), help="Only of this cause.")
@click.option("--since", metavar="TIME", help="Begun not before: 15m, 1h, 2d ago, or 2026-11-18T09:12:00Z.")
@click.option("--until", metavar="TIME", help="Begun not after; written as --since.")
@click.option("--limit", type=click.IntRange(1, 1000), help="How many.  [20; 10 with --follow]")
@click.option("--follow", "-f", "is_followed", is_flag=True, help="Go on with new ones, until Ctrl-C.")
@global_flags
@click.pass_context
def list_some(  # noqa: PLR0913, PLR0917 - one parameter for each flag
    context: click.Context,
    extension: str,
    status: str | None,
    code: str | None,
    trigger: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    is_followed: bool,
) -> None:
    """List executions, newest first; with --follow the newest last, and then each as it ends.

    Exit codes: 0 listed, 4 not allowed, 5 not installed.
    """
    session = begin(context)
    if is_followed and until is not None:
        raise InvalidUsage("--follow and --until cannot be combined: one waits for what the other rules out.")
    now = SystemClock().now()
    query: dict[str, str | int | None] = {
        "extension": ExtensionRef.parse(extension).segment if "/" in extension else extension,
        "status": status,
        "code": code,
        "trigger": trigger,
        "since": wire_time(parse_time("--since", since, now)),
        "until": wire_time(parse_time("--until", until, now)),
    }
    if is_followed:
        session.if_stopped = "Stopped."
        with JsonStream(session).shown({"extension": extension, "follow": True}) as stream:
            asyncio.run(_follow(session, query, stream, limit or _FOLLOWED))
    else:
        asyncio.run(_list(session, query, extension, limit or _SHOWN))


@command.command("show")
@click.argument("execution_id", metavar="ID")
@global_flags
@click.pass_context
def show(context: click.Context, execution_id: str) -> None:
    """Show what is recorded of one execution, and the lines it wrote as far as they are kept.

    Bodies and headers are not recorded, so a run cannot be repeated from its record.

    Exit codes: 0 shown, 4 not allowed, 5 no such execution.
    """
    asyncio.run(_show(begin(context), execution_id))


async def _list(session: Session, query: dict[str, str | int | None], extension: str, limit: int) -> None:
    items: list[ExecutionView] = []
    cursor: str | None = None
    async with session.platform(Purpose.USE) as client:
        for _ in range(_MOST_PAGES):
            asked = {**query, "limit": min(limit - len(items), _PAGE), "cursor": cursor}
            page = await executions(client, asked)
            items += page.items
            cursor = page.next_cursor
            if cursor is None or len(items) >= limit:
                break
        else:
            session.warn("LIST_NOT_ENDED", "the list was not read to its end; narrow it with --since")
    data: dict[str, JsonValue] = {
        "extension": extension,
        "items": [item.to_document() for item in items[:limit]],
        "next_cursor": cursor,
    }
    session.show(data, execution_table(items[:limit]) if items else "No execution fits.")


async def _follow(
    session: Session, query: dict[str, str | int | None], stream: JsonStream, limit: int
) -> None:
    """Show each execution once it has ended; after a lost connection the record is read again."""
    stream.counted = {"executions": 0}
    async with session.platform(Purpose.USE) as client:
        async for item in _ended(session, client, query, limit):
            stream.counted["executions"] = int(str(stream.counted["executions"])) + 1
            stream.line("execution", item.to_document())
            if not session.terminal.is_json:
                session.terminal.result(execution_row(item))


async def _ended(
    session: Session, client: PlatformClient, query: dict[str, str | int | None], limit: int
) -> AsyncIterator[ExecutionView]:
    seen: OrderedDict[str, None] = OrderedDict()
    failures, asked_for, wait_seconds, has_looked = 0, limit, _LOOK_SECONDS, False
    while True:
        try:
            page = await executions(client, {**query, "limit": asked_for})
            failures, wait_seconds = 0, _LOOK_SECONDS
        except PlatformUnreachable as error:
            failures += 1
            if failures >= _ATTEMPTS or not has_looked:
                raise
            if failures == 1:
                session.terminal.say(f"{error.message} Asking again.")
            wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)
            page = None
        if page is not None:
            asked_for = _PAGE
            has_looked = True
            new = [item for item in page.items if item.execution_id not in seen]
            if seen and len(new) == len(page.items) == _PAGE:
                session.warn(
                    "EXECUTIONS_SKIPPED", "more ended at once than are read at once; the list has them all"
                )
            for item in reversed(new):
                if item.is_finished:
                    seen[item.execution_id] = None
                    yield item
            while len(seen) > _REMEMBERED:
                seen.popitem(last=False)
        await asyncio.sleep(wait_seconds)


async def _show(session: Session, execution_id: str) -> None:
    async with session.platform(Purpose.USE) as client:
        found = await execution(client, execution_id)
    lines = await lines_of_request(session, found.extension_id, found.request_id)
    data: dict[str, JsonValue] = {
        **found.to_document(),
        "lines": None if lines is None else [event.model_dump(mode="json") for event in lines],
    }
    text = execution_block(found)
    if lines:
        output = LineOutput(session.terminal)
        text = "\n".join([text, "", *(output.columns(event) for event in lines)])
    elif lines is None:
        session.terminal.say(
            "its lines are not shown: that takes the permission extension:debug and the grant debug.logs"
        )
    session.show(data, text)
