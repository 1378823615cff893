"""`annex doctor`: check what commands depend on, in that order, and say what to mend."""

import asyncio
import textwrap

import click
from pydantic import JsonValue

from annex_cli.checkup import GROUPS, Checkup, Report, Result, Status, made
from annex_cli.errors import InvalidUsage
from annex_cli.exit_codes import ExitCode
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.terminal import Terminal
from annex_shared.display_text import shown

_COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "red"}
_STATUS_WIDTH, _NAME_WIDTH = 9, 12
_WIDEST = 100


@click.command("doctor")
@click.option("--fix", "fixes", is_flag=True, help="Mend what can be mended without a decision of yours.")
@click.option("--only", metavar="LIST", help=f"Check only these of: {', '.join(GROUPS)}.")
@global_flags
@click.pass_context
def command(context: click.Context, fixes: bool, only: str | None) -> None:
    """Check network, platform, login, tools and project. What hangs on a failed check is not checked.

    \b
    annex doctor
    annex doctor --only network,auth
    annex doctor --fix

    Exit codes: 0 nothing failed, 12 something did.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    report = asyncio.run(made(Checkup(session).checks(), only=_groups(only), fixes=fixes))
    _show(session, report)
    if report.has_failed:
        context.exit(ExitCode.FINDINGS)


def _groups(only: str | None) -> frozenset[str]:
    groups = frozenset(name.strip() for name in (only or "").split(",") if name.strip())
    unknown = sorted(groups - set(GROUPS))
    if unknown:
        raise InvalidUsage(f'--only "{shown(unknown[0], limit=40)}" is none of {", ".join(GROUPS)}.')
    return groups


def _show(session: Session, report: Report) -> None:
    counts = {status: sum(one.found.status is status for one in report.results) for status in Status}
    data: dict[str, JsonValue] = {
        "checks": [result.to_document() for result in report.results],
        "not_checked": [{"check": name, "because": root} for name, root in report.unasked.items()],
        "failed": counts[Status.FAILED],
        "warnings": counts[Status.WARNING],
    }
    lines = [line for result in report.results for line in _lines(session.terminal, result)]
    if report.unasked:
        roots = ", ".join(dict.fromkeys(report.unasked.values()))
        told = f"not checked, because {roots} failed: {', '.join(report.unasked)}"
        lines += textwrap.wrap(told, _wide(session.terminal), subsequent_indent=" " * _STATUS_WIDTH)
    session.show(data, "\n".join(lines))


def _wide(terminal: Terminal) -> int:
    """Return where lines are broken; a file or pipe gets whole ones: paths in them are for programs too."""
    return min(terminal.width, _WIDEST) if terminal.stdout.isatty() else terminal.width


def _lines(terminal: Terminal, result: Result) -> list[str]:
    found = result.found
    word = terminal.styled(found.status.value, terminal.stdout, fg=_COLOURS[found.status])
    gap = " " * (_STATUS_WIDTH - len(found.status.value))
    indent = " " * (_STATUS_WIDTH + _NAME_WIDTH)
    fixed = " (mended)" if result.is_fixed else ""
    width = max(_wide(terminal) - len(indent), 20)
    text = textwrap.wrap(f"{found.reason}{fixed}", width, break_on_hyphens=False, break_long_words=False)
    lines = [f"{word}{gap}{result.check.name:<{_NAME_WIDTH}}{text[0]}", *(indent + line for line in text[1:])]
    if found.fix and found.status is not Status.OK:
        lines.append(f"{indent}fix: {found.fix}")
    return lines
