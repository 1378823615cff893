"""`annex secrets`: set, list and delete the secrets of an install; values go in and never come out."""

import asyncio
from datetime import datetime

import click
from pydantic import JsonValue

from annex_cli.asking import require_yes
from annex_cli.credentials import Purpose
from annex_cli.errors import FileNotUsable, InvalidUsage, SecretNotFound
from annex_cli.installing import answer_of, hosts_of, require_install
from annex_cli.options import global_flags
from annex_cli.presenting import moment
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.table import text_table
from annex_shared.contracts.secrets import SecretViews, SetSecret
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef

_MAX_VALUE = 65_536
_NEVER = "–"  # noqa: RUF001 - an en dash is how an empty cell is written


@click.group("secrets", context_settings={"help_option_names": ["--help", "-h"]})
def command() -> None:
    """Set, list and delete the secrets of an install. Values are write-only: nobody can read them back.

    \b
    annex secrets set acme/notes TOKEN               asks for the value, unseen
    annex secrets set acme/notes TOKEN --from-stdin < token.txt
    annex secrets set acme/notes TOKEN --host api.example.com
    annex secrets rotate acme/notes TOKEN --from-file token.txt
    annex secrets list acme/notes
    annex secrets delete acme/notes TOKEN
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("set")
@click.argument("extension", metavar="EXT")
@click.argument("name", metavar="NAME")
@click.argument("value", nargs=-1, metavar="")
@click.option("--from-stdin", is_flag=True, help="Read the value from standard input, less one line end.")
@click.option("--from-file", metavar="FILE", help="Read the value from a file, less one line end.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="A host the platform may send it to where a request says {{secret:NAME}}; none: no host.",
)
@click.option("--expires-at", metavar="TIME", help="When its use ends, as 2027-01-31T12:00:00Z.")
@global_flags
@click.pass_context
def set_one(
    context: click.Context,
    extension: str,
    name: str,
    value: tuple[str, ...],
    from_stdin: bool,
    from_file: str | None,
    hosts: tuple[str, ...],
    expires_at: str | None,
) -> None:
    """Add or replace one secret. Calls that run keep the older value.

    Without --host a replaced secret keeps its hosts, and a new one has none.

    Exit codes: 0 set, 3 a bad name or time, 4 not allowed, 5 not installed, 8 too many secrets,
    10 sent without an answer.
    """
    session = begin(context)
    _refuse_argument(value)
    ref = ExtensionRef.parse(extension)
    until = _time(expires_at)
    text = _value(session, name, from_stdin=from_stdin, from_file=from_file)
    asyncio.run(_set(session, ref, name, SetSecret(value=text, expires_at=until, hosts=hosts_of(hosts))))


@command.command("rotate")
@click.argument("extension", metavar="EXT")
@click.argument("name", metavar="NAME")
@click.argument("value", nargs=-1, metavar="")
@click.option("--from-stdin", is_flag=True, help="Read the new value from standard input, less one line end.")
@click.option("--from-file", metavar="FILE", help="Read the new value from a file, less one line end.")
@click.option("--expires-at", metavar="TIME", help="When its use ends, as 2027-01-31T12:00:00Z.")
@global_flags
@click.pass_context
def rotate_one(
    context: click.Context,
    extension: str,
    name: str,
    value: tuple[str, ...],
    from_stdin: bool,
    from_file: str | None,
    expires_at: str | None,
) -> None:
    """Replace the value of a secret that is there; its hosts stay, its age begins anew.

    Exit codes: 0 replaced, 3 a bad time, 4 not allowed, 5 not installed or no such secret,
    10 sent without an answer.
    """
    session = begin(context)
    _refuse_argument(value)
    ref = ExtensionRef.parse(extension)
    until = _time(expires_at)
    text = _value(session, name, from_stdin=from_stdin, from_file=from_file)
    asyncio.run(_set(session, ref, name, SetSecret(value=text, expires_at=until), is_rotation=True))


@command.command("list")
@click.argument("extension", metavar="EXT")
@global_flags
@click.pass_context
def list_all(context: click.Context, extension: str) -> None:
    """List the names of an install's secrets, when they were set and what is due.

    Exit codes: 0 listed, 4 not allowed, 5 not installed.
    """
    session = begin(context)
    asyncio.run(_list(session, ExtensionRef.parse(extension)))


@command.command("delete")
@click.argument("extension", metavar="EXT")
@click.argument("name", metavar="NAME")
@global_flags
@click.pass_context
def delete_one(context: click.Context, extension: str, name: str) -> None:
    """Delete one secret; it cannot be brought back. Asks first.

    Exit codes: 0 deleted, 4 not allowed, 5 not installed or no such secret, 8 not agreed to,
    10 sent without an answer.
    """
    session = begin(context)
    asyncio.run(_delete(session, ExtensionRef.parse(extension), name))


def _refuse_argument(value: tuple[str, ...]) -> None:
    if value:
        # Not repeated: it may be what others must not see.
        raise InvalidUsage(
            "A secret's value is never an argument: other users of this machine can see those. "
            "Use --from-stdin, --from-file or the prompt.",
        )


command.add_command(delete_one, "unset")


async def _set(
    session: Session, extension: ExtensionRef, name: str, wish: SetSecret, *, is_rotation: bool = False
) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        install = await require_install(client, extension)
        if is_rotation and name not in install.secret_names:
            raise SecretNotFound(
                f"{extension} has no secret {shown(name, limit=80)} to replace.",
                hint=f"annex secrets set {extension} {shown(name, limit=80)}",
            )
        session.if_stopped = "Stopped. The secret was sent and may be set; set it again to be sure."
        after = await answer_of(client.set_secret(install.install_id, name, wish), f"The secret {name}")
    until = wish.expires_at.isoformat() if wish.expires_at else None
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "name": name,
        "expires_at": until,
        "hosts": None if wish.hosts is None else [*wish.hosts],
        "revision": after.revision,
        "result": "rotated" if is_rotation else "set",
    }
    done = "has a new value" if is_rotation else "is set"
    sentence = f"{name} of {extension} {done}; revision {after.revision}; calls that run keep the older value"
    session.show(data, session.ok(sentence))


async def _list(session: Session, extension: ExtensionRef) -> None:
    async with session.platform(Purpose.USE) as client:
        install = await require_install(client, extension)
        secrets = await client.secrets(install.install_id)
    data: dict[str, JsonValue] = {"extension": str(extension), **secrets.model_dump(mode="json")}
    session.show(data, _table(extension, secrets, session.terminal.width))


def _table(extension: ExtensionRef, secrets: SecretViews, width: int) -> str:
    if not secrets.items:
        return f"{extension} has no secrets."
    rows = [
        (
            shown(secret.name),
            secret.status,
            moment(secret.set_at),
            moment(secret.overdue_at) if secret.overdue_at else _NEVER,
            moment(secret.expires_at) if secret.expires_at else _NEVER,
            ", ".join(secret.hosts) or _NEVER,
        )
        for secret in secrets.items
    ]
    return text_table(("NAME", "STATUS", "SET", "DUE", "EXPIRES", "HOSTS"), rows, width=width)


async def _delete(session: Session, extension: ExtensionRef, name: str) -> None:
    question = f"Delete the secret {shown(name, limit=80)} of {extension}? It cannot be brought back."
    require_yes(session, question, hint=f"annex secrets delete {extension} {shown(name, limit=80)} --yes")
    async with session.platform(Purpose.ADMINISTER) as client:
        install = await require_install(client, extension)
        session.if_stopped = "Stopped. The deletion was sent and may be done; see annex secrets list."
        after = await answer_of(
            client.delete_secret(install.install_id, name), f"The deletion of {shown(name, limit=80)}"
        )
    data: dict[str, JsonValue] = {
        "extension": str(extension),
        "name": name,
        "revision": after.revision,
        "result": "deleted",
    }
    session.show(data, session.ok(f"{name} of {extension} is deleted"))


def _value(session: Session, name: str, *, from_stdin: bool, from_file: str | None) -> str:
    """Read the value from exactly one place. Raises InvalidUsage, FileNotUsable."""
    if from_stdin and from_file is not None:
        raise InvalidUsage("--from-stdin and --from-file exclude each other.")
    if from_file is not None:
        try:
            with session.path(from_file).open(encoding="utf-8", newline="") as file:
                text = file.read(_MAX_VALUE + 2)
        except (OSError, UnicodeDecodeError):
            raise FileNotUsable(f"{from_file} cannot be read as text.") from None
    elif from_stdin:
        text = session.terminal.stdin.read(_MAX_VALUE + 2)
    elif session.terminal.is_interactive:
        text = session.terminal.ask_secret(f"Value of {shown(name, limit=80)}")
    else:
        raise InvalidUsage("There is nobody to ask for the value: use --from-stdin or --from-file.")
    value = text.removesuffix("\n").removesuffix("\r")
    if not 1 <= len(value) <= _MAX_VALUE:
        raise InvalidUsage(f"A secret has 1 to {_MAX_VALUE:,} characters. Nothing was changed.")
    return value


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment_meant = datetime.fromisoformat(text)
    except ValueError:
        moment_meant = None
    if moment_meant is None or moment_meant.tzinfo is None:
        raise InvalidUsage(
            f'--expires-at "{shown(text, limit=80)}" is not a time with its zone. Write 2027-01-31T12:00:00Z.'
        )
    return moment_meant
