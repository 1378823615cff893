"""`annex explain`: what a problem code or an exit code means and what to do; asks nobody."""

import textwrap

import click
from pydantic import JsonValue

from annex_cli.exit_codes import EXIT_CODES, ExitCode
from annex_cli.options import global_flags
from annex_cli.problem_pages import ProblemPage, page_of, repeat_advice
from annex_cli.program import begin
from annex_cli.session import Session

_LABEL_WIDTH = 12
_WIDEST = 100


@click.command("explain")
@click.argument("code")
@global_flags
@click.pass_context
def command(context: click.Context, code: str) -> None:
    """Explain a problem code, or the number a command ended with. Works without a network.

    \b
    annex explain VERSION_ALREADY_EXISTS
    annex explain version-already-exists
    annex explain 10                        an exit code

    Exit codes: 0 explained, 5 this annex does not know the code.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    number = int(code) if code.isdecimal() else None
    if number in set(ExitCode):
        _show_exit_code(session, ExitCode(number))
    else:
        _show(session, page_of(code))


def _show(session: Session, page: ProblemPage) -> None:
    data: dict[str, JsonValue] = {
        "code": page.code,
        "meaning": page.meaning,
        "advice": page.advice,
        "exit_code": page.exit_code.value,
        "repeat": page.repeat,
        "statuses": list(page.statuses),
        "said_by": list(page.said_by),
    }
    rows = [
        ("means", page.meaning),
        ("do", page.advice),
        ("repeat", f"the same command: {page.repeat}"),
        ("exit code", f"{page.exit_code.value} {_name(page.exit_code)}"),
        ("said by", _said_by(page)),
    ]
    width = min(session.terminal.width, _WIDEST)
    session.show(data, "\n".join([page.code, *(line for row in rows for line in _wrapped(*row, width))]))


def _show_exit_code(session: Session, exit_code: ExitCode) -> None:
    codes = sorted(code for code, number in EXIT_CODES.items() if number is exit_code)
    data: dict[str, JsonValue] = {
        "exit_code": exit_code.value,
        "name": _name(exit_code),
        "repeat": repeat_advice(exit_code),
        "codes": list(codes),
    }
    rows = [("repeat", f"the same command: {repeat_advice(exit_code)}")]
    if codes:
        rows.append(("codes", ", ".join(codes)))
    width = min(session.terminal.width, _WIDEST)
    head = f"{exit_code.value} {_name(exit_code)}"
    session.show(data, "\n".join([head, *(line for row in rows for line in _wrapped(*row, width))]))


def _said_by(page: ProblemPage) -> str:
    statuses = ", ".join(map(str, page.statuses))
    return f"{', '.join(page.said_by)}{f' (HTTP {statuses})' if statuses else ''}"


def _name(exit_code: ExitCode) -> str:
    return exit_code.name.lower().replace("_", " ")


def _wrapped(label: str, text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, max(width - _LABEL_WIDTH - 2, 20), break_on_hyphens=False) or [""]
    first = f"  {label:<{_LABEL_WIDTH}}{lines[0]}"
    return [first, *(f"  {'':<{_LABEL_WIDTH}}{line}" for line in lines[1:])]
