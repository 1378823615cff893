"""`annex logs`: the last lines of an extension, or its lines as they are written."""

import asyncio
import json
from urllib.parse import urlencode

import click

from annex_cli.credentials import Purpose
from annex_cli.errors import AnswerNotUnderstood, DebugSessionEnded, InvalidUsage, PlatformUnreachable
from annex_cli.log_filter import LEVELS, LineWish, moment_of, read_execution, read_pattern
from annex_cli.log_lines import LineOutput
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.server_events import ServerEvent
from annex_cli.session import Session
from annex_cli.times import parse_time
from annex_shared.clock import SystemClock
from annex_shared.contracts.debug_lines import DebugEvent
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef

_SHOWN, _FOLLOWED = 100, 20
# The platform shows no more lines of the past than this.
_ALL = 2000
_ATTEMPTS = 10
_ASKED_AGAIN = frozenset({"shutdown", "refused"})
_FIRST_DELAY_SECONDS, _MAX_DELAY_SECONDS = 0.5, 10.0


@click.command("logs")
@click.argument("extension")
@click.option("--follow", "-f", "is_followed", is_flag=True, help="Go on with new lines, until Ctrl-C.")
@click.option(
    "--limit", type=click.IntRange(1, 2000), default=None, help="Last lines to show.  [100; 20 with --follow]"
)
@click.option("--level", type=click.Choice(LEVELS), default="debug", help="Hide what is below.  [debug]")
@click.option("--since", metavar="TIME", help="Not before: 15m, 1h, 2d ago, or 2026-11-18T09:12:00Z.")
@click.option("--until", metavar="TIME", help="Not after; written as --since.")
@click.option("--grep", metavar="RE", help="Only lines in whose text this is found.")
@click.option("--execution", metavar="ID", help="Lines of this execution only; the end of its id will do.")
@click.option("--install", metavar="ID", help="Lines of this install only.")
@click.option("--request", "request_id", metavar="ID", help="Lines of this request only.")
@global_flags
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one parameter for each flag
    context: click.Context,
    extension: str,
    is_followed: bool,
    limit: int | None,
    level: str,
    since: str | None,
    until: str | None,
    grep: str | None,
    execution: str | None,
    install: str | None,
    request_id: str | None,
) -> None:
    """Show what an extension writes in your tenant; who watches is recorded.

    \b
    annex logs acme/notes                     the last 100 lines
    annex logs acme/notes --follow            the last 20, then new ones as they are written
    annex logs acme/notes --request req_01JD  what one request left behind
    annex logs acme/notes --since 1h --level warn --grep 'tax|invoice'

    Filters narrow the lines the platform still has; where lines are missing, a line says so, whatever is
    filtered. With --json every line is a JSON object: type "start", "line", "gap" or "end".
    Exit codes: 0 shown, 4 not allowed, 5 not installed, 8 nobody agreed that lines
    are shown, or the session was ended by a limit.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    session.if_stopped = "Stopped."
    wish = _wish(level, since, until, grep, execution, is_followed=is_followed)
    output = LineOutput(session.terminal, wish)
    tail = limit or (_FOLLOWED if is_followed else _SHOWN)
    query = _query(extension, _ALL if wish.is_narrow else tail, install, request_id)
    session.has_shown = True
    show = _follow if is_followed else _show_last
    output.begin({"command": "logs", "extension": extension, "follow": is_followed})
    try:
        asyncio.run(show(session, query, output, tail))
    except AnnexError as error:
        if isinstance(error, DebugSessionEnded):
            error.hint = f"annex logs {extension} --follow"
        output.end("limit" if isinstance(error, DebugSessionEnded) else "error", error)
        raise
    except KeyboardInterrupt:
        output.end("interrupted")
        raise
    output.end("done")


def _query(extension: str, tail: int, install: str | None, request_id: str | None) -> str:
    named = ExtensionRef.parse(extension).segment if "/" in extension else extension
    fields = {"extensionId": named, "tail": tail, "installId": install, "requestId": request_id}
    return urlencode({name: value for name, value in fields.items() if value is not None})


def _wish(
    level: str,
    since: str | None,
    until: str | None,
    grep: str | None,
    execution: str | None,
    *,
    is_followed: bool,
) -> LineWish:
    """Put the filters together. Raises InvalidUsage, also for flags that contradict each other."""
    if is_followed and until is not None:
        raise InvalidUsage(
            "--follow and --until cannot be combined: one waits for new lines, the other wants none."
        )
    now = SystemClock().now()
    wish = LineWish(
        level=level,
        since=parse_time("--since", since, now),
        until=parse_time("--until", until, now),
        pattern=read_pattern(grep),
        execution=read_execution(execution),
    )
    if wish.since is not None and wish.until is not None and wish.since > wish.until:
        raise InvalidUsage("--since is after --until, so no line can be in between.")
    return wish


async def _show_last(session: Session, query: str, output: LineOutput, tail: int) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        await _show_past(session, client, query, output, tail)
    if not output.count:
        session.terminal.say(
            "No line fits. Lines are kept for a day."
            if output.wish.is_narrow
            else "No lines are kept. They are kept for a day."
        )


async def _show_past(
    session: Session, client: PlatformClient, query: str, output: LineOutput, tail: int
) -> str:
    """Show the last lines that fit, and return where to read on."""
    page = await client.debug_lines(query)
    fitting = [place for place, event in enumerate(page.events) if output.wish.fits(event)]
    first = fitting[-tail] if len(fitting) > tail else 0
    for event in page.events[first:]:
        output.show(event)
    since, oldest = output.wish.since, moment_of(page.events[0]) if page.events else None
    if since is not None and len(page.events) >= _ALL and oldest is not None and oldest > since:
        session.terminal.warn(f"only the last {_ALL:,} lines can be looked through; older ones are not here")
    return page.last_id


async def _follow(session: Session, query: str, output: LineOutput, tail: int) -> None:
    """Show lines until somebody stops; a lost connection is taken up where it was lost."""
    async with session.platform(Purpose.ADMINISTER) as client:
        reader = _Reader(client, query, output)
        if output.wish.is_narrow:
            reader.last_id = await _show_past(session, client, query, output, tail)
        delay, failures = _FIRST_DELAY_SECONDS, 0
        while True:
            shown_before = output.count
            try:
                await reader.read()
                failures = 0
            except PlatformUnreachable as error:
                failures = 1 if output.count > shown_before else failures + 1
                if failures >= _ATTEMPTS or (reader.last_id is None and not reader.was_connected):
                    raise
                if failures == 1:
                    session.terminal.say(f"{error.message} Connecting again.")
            delay = _FIRST_DELAY_SECONDS if failures <= 1 else min(delay * 2, _MAX_DELAY_SECONDS)
            await asyncio.sleep(delay)


class _Reader:
    """One tail over as many connections as it takes."""

    def __init__(self, client: PlatformClient, query: str, output: LineOutput) -> None:
        self._client = client
        self._query = query
        self._output = output
        self.last_id: str | None = None
        self.was_connected = False

    async def read(self) -> None:
        """Show lines until the connection ends. Raises DebugSessionEnded and what the client raises."""
        async with self._client.debug_stream(self._query, last_event_id=self.last_id) as events:
            self.was_connected = True
            async for event in events:
                self._take(event)

    def _take(self, event: ServerEvent) -> None:
        self.last_id = event.event_id or self.last_id
        try:
            if event.kind == "message":
                self._output.show(DebugEvent.model_validate_json(event.data))
            elif event.kind == "end":
                self._ended(json.loads(event.data))
        except ValueError:
            raise AnswerNotUnderstood("The stream sent what this version of annex does not know.") from None

    def _ended(self, ending: dict[str, str]) -> None:
        """End with a session whose time is up.

        Where the service stops, another one goes on; where it refuses, asking again is answered with why.
        """
        if ending["reason"] not in _ASKED_AGAIN:
            raise DebugSessionEnded(ending["message"])
