"""`annex schema`: the JSON Schema of what a command prints with --json."""

import json

import click

from annex_cli.document_schemas import document_names, general_schema, schema_of
from annex_cli.errors import InvalidUsage
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_shared.display_text import shown
from annex_shared.manifest.suggestions import nearest


@click.command("schema")
@click.argument("words", metavar="[COMMAND]", nargs=-1)
@global_flags
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> None:
    """Print the JSON Schema of what a command prints with --json; of a stream, that of each line.

    Without COMMAND it is what holds for every command. The schema is the result, also with --json.

    \b
    annex schema
    annex schema publish
    annex schema keys add

    Exit codes: 0 printed, 2 there is no such command.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    name = " ".join(words)
    if name and name not in document_names():
        raise _unknown(name)
    session.has_shown = True
    schema = schema_of(name) if name else general_schema()
    indent = None if session.terminal.is_json else 2
    session.terminal.result(json.dumps(schema, indent=indent, ensure_ascii=False))


def _unknown(name: str) -> InvalidUsage:
    below = [known for known in document_names() if known.startswith(f"{name} ")]
    if below:
        return InvalidUsage(
            f'"{name}" has commands of its own, each with its schema: {", ".join(below)}.',
            hint=f"annex schema {below[0]}",
        )
    guess = nearest(name, document_names())
    suggestion = f' Did you mean "{guess}"?' if guess else ""
    return InvalidUsage(
        f'There is no command "{shown(name, limit=60)}" with a document.{suggestion}',
        hint=f"annex schema {guess}" if guess else "annex schema",
    )
