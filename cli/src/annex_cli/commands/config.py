"""`annex config`: read and change the configuration of an install."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
from pydantic import JsonValue

from annex_cli.config_edits import ConfigDifference, written
from annex_cli.config_words import Config, Schema, read_words
from annex_cli.credentials import Purpose
from annex_cli.errors import InvalidUsage, PlatformRefused, SettingNotFound
from annex_cli.exit_codes import ExitCode
from annex_cli.installing import answer_of, read_config, require_install
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.session import Session
from annex_cli.table import text_table
from annex_shared.contracts.installs import ChangeInstall, InstallView
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef

_file = click.option(
    "--file", "file", metavar="FILE", help="The whole configuration: one JSON object instead of words."
)
_if_version = click.option(
    "--if-version", type=click.IntRange(1), metavar="N", help="Only if the install's revision is still N."
)


@dataclass(frozen=True, slots=True)
class _Edit:
    """A wanted configuration, made of the present one and, for words, of the version's schema."""

    extension: ExtensionRef
    apply: Callable[[Config, Schema | None], Config]
    revision: int | None
    needs_schema: bool = False

    async def applied(self, client: PlatformClient, install: InstallView) -> Config:
        schema = await _schema(client, install) if self.needs_schema else None
        return self.apply(dict(install.config), schema)


@click.group("config", context_settings={"help_option_names": ["--help", "-h"]})
def command() -> None:
    """Read and change the configuration of an install; the options of annex itself are `annex settings`.

    \b
    annex config get acme/notes                       what was chosen, and what it reads
    annex config set acme/notes greeting=Hello limit=5 tags:='["a"]'
    annex config unset acme/notes greeting
    annex config diff acme/notes --file notes.json    what would change: exit code 12 if anything
    """  # noqa: D301 - \b tells click to keep the lines


@command.command("get")
@click.argument("extension", metavar="EXT")
@click.argument("key", metavar="[KEY]", required=False)
@click.option("--effective", is_flag=True, help="What the extension reads: with the defaults of its schema.")
@global_flags
@click.pass_context
def get(context: click.Context, extension: str, key: str | None, effective: bool) -> None:
    """Show the settings of an install, or the value of one alone.

    `annex config get EXT --json` has what `annex config set EXT --file` takes under data.config.

    Exit codes: 0 shown, 4 not allowed, 5 not installed, or the setting is not there.
    """
    session = begin(context)
    install = asyncio.run(_install(session, ExtensionRef.parse(extension)))
    config = install.effective_config if effective else install.config
    if key is None:
        session.show(_document(install), _table(install))
        return
    if key not in config:
        raise SettingNotFound(
            f'{install.extension} has no setting "{shown(key, limit=80)}".',
            hint=f"annex config get {install.extension}",
        )
    data: dict[str, JsonValue] = {"extension": install.extension, "key": key, "value": config[key]}
    session.show({**data, "revision": install.revision}, written(config[key]))


@command.command("set")
@click.argument("extension", metavar="EXT")
@click.argument("words", metavar="[KEY=VALUE]...", nargs=-1)
@_file
@_if_version
@global_flags
@click.pass_context
def set_some(
    context: click.Context, extension: str, words: tuple[str, ...], file: str | None, if_version: int | None
) -> None:
    """Change settings: those named, or with --file all of them.

    The version's schema says whether VALUE is a number, true or false, or a text; KEY:=VALUE takes any JSON.
    The platform judges the result. Calls that run keep the older configuration.

    Exit codes: 0 changed or so before, 3 it does not fit the schema, 4 not allowed, 5 not installed,
    6 the install changed meanwhile, 10 sent without an answer.
    """
    session = begin(context)
    asyncio.run(_change(session, _edit(session, extension, words, file, if_version)))


@command.command("unset")
@click.argument("extension", metavar="EXT")
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@_if_version
@global_flags
@click.pass_context
def unset_some(context: click.Context, extension: str, keys: tuple[str, ...], if_version: int | None) -> None:
    """Take settings away; the extension then reads the defaults of its schema, if there are any.

    Exit codes: 0 changed or so before, 3 the schema needs it, 4 not allowed, 5 not installed,
    6 the install changed meanwhile, 10 sent without an answer.
    """
    session = begin(context)

    def without(config: Config, _: Schema | None) -> Config:
        return {key: value for key, value in config.items() if key not in keys}

    asyncio.run(_change(session, _Edit(ExtensionRef.parse(extension), without, if_version)))


@command.command("diff")
@click.argument("extension", metavar="EXT")
@click.argument("words", metavar="[KEY=VALUE]...", nargs=-1)
@_file
@global_flags
@click.pass_context
def diff(context: click.Context, extension: str, words: tuple[str, ...], file: str | None) -> None:
    """Show what `annex config set` with the same words would change; change nothing.

    Exit codes: 0 nothing would change, 3 it does not fit the schema, 4 not allowed, 5 not installed,
    12 something would.
    """
    session = begin(context)
    edit = _edit(session, extension, words, file, None)
    install, after = asyncio.run(_rehearsed(session, edit))
    difference = ConfigDifference.between(install.config, after)
    data: dict[str, JsonValue] = {
        "extension": install.extension,
        "revision": install.revision,
        **difference.to_document(install.config, after),
    }
    lines = difference.lines(install.config, after)
    session.show(data, "\n".join(lines) or f"{install.extension}: nothing would change")
    if difference:
        context.exit(ExitCode.FINDINGS)


def _edit(
    session: Session, extension: str, words: tuple[str, ...], file: str | None, revision: int | None
) -> _Edit:
    if (file is None) == (not words):
        raise InvalidUsage("Name settings as KEY=VALUE, or a file with --file; one of the two.")
    ref = ExtensionRef.parse(extension)
    if file is not None:
        whole = read_config(session, file)
        return _Edit(ref, lambda _config, _schema: whole, revision)
    read = read_words(words)
    return _Edit(
        ref, lambda config, schema: {**config, **read.typed(schema)}, revision, needs_schema=bool(read.texts)
    )


async def _schema(client: PlatformClient, install: InstallView) -> Schema | None:
    """Read what the installed version says of its settings; who may not read it sets texts."""
    try:
        manifest = (await client.version(install.extension, install.version)).manifest
    except PlatformRefused:
        return None
    schema = (manifest or {}).get("configSchema")
    return schema if isinstance(schema, dict) else None


async def _rehearsed(session: Session, edit: _Edit) -> tuple[InstallView, Config]:
    async with session.platform(Purpose.USE) as client:
        install = await require_install(client, edit.extension)
        return install, await edit.applied(client, install)


async def _install(session: Session, extension: ExtensionRef) -> InstallView:
    async with session.platform(Purpose.USE) as client:
        return await require_install(client, extension)


async def _change(session: Session, edit: _Edit) -> None:
    """Change on the revision that was read: what somebody else changed meanwhile is never written over."""
    async with session.platform(Purpose.ADMINISTER) as client:
        before = await require_install(client, edit.extension)
        config = await edit.applied(client, before)
        session.if_stopped = "Stopped. The change was sent and may be done; see annex config get."
        fields: dict[str, Any] = {"config": config, "if_revision": edit.revision or before.revision}
        change = ChangeInstall.model_validate(fields)
        what = f"The configuration of {edit.extension}"
        after = await answer_of(client.change_install(before.install_id, change), what)
    difference = ConfigDifference.between(before.config, after.config)
    is_same = after.revision == before.revision
    data: dict[str, JsonValue] = {
        **_document(after),
        **difference.to_document(before.config, after.config),
        "revision_before": before.revision,
        "result": "unchanged" if is_same else "changed",
    }
    sentence = f"{edit.extension} is configured so already" if is_same else f"{edit.extension} is configured"
    lines = [
        f"{sentence}; revision {after.revision}" + ("" if is_same else "; calls that run keep the older one")
    ]
    body = [f"           {line}" for line in difference.lines(before.config, after.config)]
    session.show(data, "\n".join([session.ok(lines[0]), *body]))


def _document(install: InstallView) -> dict[str, JsonValue]:
    return {
        "extension": install.extension,
        "install_id": install.install_id,
        "version": install.version,
        "revision": install.revision,
        "config": {**install.config},
        "effective_config": {**install.effective_config},
    }


def _table(install: InstallView) -> str:
    reads = {**install.config, **install.effective_config}
    if not reads:
        return f"{install.extension} has no settings; revision {install.revision}"
    rows = [
        (shown(key), shown(written(value)), "set" if key in install.config else "default")
        for key, value in sorted(reads.items())
    ]
    return f"{text_table(('KEY', 'VALUE', 'FROM'), rows)}\nrevision {install.revision}"
