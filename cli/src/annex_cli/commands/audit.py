"""`annex audit`: who changed what about who may do what."""

import asyncio

import click
from pydantic import JsonValue

from annex_cli.audit_record import RecordedChange, changes_text, recorded_changes
from annex_cli.credentials import Purpose
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.times import parse_time, wire_time
from annex_shared.clock import SystemClock

_PAGE = 200


@click.command("audit")
@click.option("--change", metavar="KIND", help="Only of this kind, such as role.assigned.")
@click.option("--subject", metavar="TEXT", help="Only about this, such as api_key:ID.")
@click.option("--by", "actor", metavar="ID", help="Only by this principal.")
@click.option("--since", metavar="TIME", help="Not before: 15m, 1h, 2d ago, or 2026-11-18T09:12:00Z.")
@click.option("--until", metavar="TIME", help="Before this; written as --since.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, help="At most so many.  [20]")
@global_flags
@click.pass_context
def command(
    context: click.Context,
    change: str | None,
    subject: str | None,
    actor: str | None,
    since: str | None,
    until: str | None,
    limit: int,
) -> None:
    """Show who changed keys, roles, principals and tenants, newest first. For administrators.

    \b
    annex audit --since 7d
    annex audit --change role.assigned --limit 100

    Exit codes: 0 shown, 2 a filter cannot be read, 4 not allowed, 9 the platform cannot say now.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    now = SystemClock().now()
    query: dict[str, str | int | None] = {
        "change": change,
        "subject": subject,
        "actor": actor,
        "since": wire_time(parse_time("--since", since, now)),
        "until": wire_time(parse_time("--until", until, now)),
    }
    asyncio.run(_show(session, query, limit))


async def _show(session: Session, query: dict[str, str | int | None], limit: int) -> None:
    items: list[RecordedChange] = []
    before: int | None = None
    async with session.platform(Purpose.ADMINISTER) as client:
        while len(items) < limit:
            asked = {**query, "limit": min(_PAGE, limit - len(items)), "before": before}
            page = await recorded_changes(client, asked)
            items += page.items
            before = page.next_before
            if before is None:
                break
    data: dict[str, JsonValue] = {
        "items": [item.model_dump(mode="json") for item in items],
        "next_before": before,
    }
    session.show(data, changes_text(items, width=session.terminal.width))
