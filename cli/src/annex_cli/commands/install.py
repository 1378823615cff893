"""`annex install`: install a version, with exactly the capabilities somebody agreed to."""

import asyncio
import shlex
from dataclasses import dataclass

import click
from pydantic import JsonValue

from annex_cli.consent import Consent, parse_grants
from annex_cli.credentials import Purpose
from annex_cli.errors import (
    ConsentRequired,
    FileNotUsable,
    InvalidUsage,
    OutcomeUnknown,
    PlatformUnreachable,
    VersionNotFound,
)
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.contracts.installs import CreateInstall, InstallView
from annex_shared.contracts.versions import VersionDetail
from annex_shared.names import ExtensionRef
from annex_shared.strict_json import NotStrictJson, read_strict_json
from annex_shared.version_number import VersionNumber

_MAX_CONFIG_BYTES = 1 << 20
_NEWEST = 100
_WITHDRAWN = frozenset({"yanked", "blocked"})


@dataclass(frozen=True, slots=True)
class _Wish:
    extension: ExtensionRef
    version: str | None
    grants: list[str] | None
    config_file: str | None
    config: dict[str, str]
    is_rehearsal: bool


@click.command("install")
@click.argument("target", metavar="EXT[@VERSION]")
@click.option("--grant", metavar="LIST", help="Agree to exactly these capabilities, separated by commas.")
@click.option(
    "--config", "config_file", metavar="FILE", help="A JSON object of texts for the install to read."
)
@click.option("--dry-run", is_flag=True, help="Show what would be asked and done; change nothing.")
@global_flags
@click.pass_context
def command(
    context: click.Context, target: str, grant: str | None, config_file: str | None, dry_run: bool
) -> None:
    """Install a version into a tenant; what it asks for is shown, and granted only if you agree.

    \b
    annex install acme/notes                            the newest version; asks before it grants
    annex install acme/notes@1.4.0 --grant storage.kv   without a question, for scripts
    annex install acme/notes --config notes.json        with a configuration

    Exit codes: 0 installed, 4 not allowed, 5 not found, 6 another version is installed, 8 not agreed to.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    extension, _, version = target.partition("@")
    wish = _Wish(
        extension=ExtensionRef.parse(extension),
        version=VersionNumber.parse(version).text if version else None,
        grants=None if grant is None else _grants(grant),
        config_file=config_file,
        config=_config(session, config_file),
        is_rehearsal=dry_run,
    )
    asyncio.run(_install(session, wish))


async def _install(session: Session, wish: _Wish) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        version = await _version(client, wish)
        present = next(
            (i for i in (await client.installs()).items if i.extension == str(wish.extension)), None
        )
        if present is not None and present.version_id == version.version_id:
            _show(
                session, present, f"{present.extension}@{present.version} is installed already", "unchanged"
            )
            return
        grants = _agreed_grants(session, wish, version)
        if wish.is_rehearsal:
            _show_rehearsal(session, wish, version, grants)
            return
        create = CreateInstall(
            extension=str(wish.extension), version=version.version, grants=grants, config=wish.config
        )
        session.if_stopped = (
            "Stopped. The install was sent and may be done; run the same command again to settle it."
        )
        install = await _create(client, create)
        _show(session, install, f"{install.extension}@{install.version} is installed", "installed")


async def _version(client: PlatformClient, wish: _Wish) -> VersionDetail:
    """Find the version by its number, or the newest that takes installs."""
    number = wish.version
    if number is None:
        newest = (await client.versions(str(wish.extension), limit=_NEWEST)).items
        if not newest:
            raise VersionNotFound(f"{wish.extension} has no version.")
        # Where all are withdrawn, the platform says of the newest why.
        number = next((row for row in newest if row.status not in _WITHDRAWN), newest[0]).version
    return await client.version(str(wish.extension), number)


async def _create(client: PlatformClient, create: CreateInstall) -> InstallView:
    try:
        return await client.install(create)
    except PlatformUnreachable as lost:
        if not lost.is_sent:
            raise
        raise OutcomeUnknown(
            f"The install of {create.extension} {create.version} was sent and may be done. {lost.message}",
            hint="Run the same command again: it settles what happened.",
            details={"extension": create.extension, "version": create.version},
        ) from None


def _agreed_grants(session: Session, wish: _Wish, version: VersionDetail) -> list[str]:
    """Return what is granted. Raises ConsentRequired unless somebody agreed to exactly what is asked for."""
    name = f"{wish.extension} {version.version}"
    if version.capabilities is None:
        # Nothing can be shown, so only a list that its author stands for will do; the platform checks it.
        if wish.grants is None:
            raise ConsentRequired(
                f"This platform does not say what {name} asks for, so you cannot be asked.",
                hint=f"{_paste(wish)} --grant LIST",
            )
        return wish.grants
    consent = Consent.of(version.capabilities)
    if not consent.asked and not wish.grants:
        return consent.grants
    if wish.grants is not None:
        if not consent.is_met_by(wish.grants):
            raise _not_agreed(f"--grant is not exactly what {name} asks for.", wish, consent)
        return consent.grants
    lines = "\n".join([f"{name} asks to:", *consent.sentences()])
    if not session.terminal.is_interactive:
        session.terminal.say(lines)
        raise _not_agreed(f"{name} asks for capabilities, and nobody is here to agree.", wish, consent)
    session.terminal.fail(lines)
    if wish.is_rehearsal:
        return consent.grants
    if not session.terminal.ask(_question(len(consent.asked))):
        raise _not_agreed(f"You did not agree to what {name} asks for. Nothing was installed.", wish, consent)
    return consent.grants


def _question(count: int) -> str:
    return "Grant it to this tenant?" if count == 1 else f"Grant these {count} to this tenant?"


def _not_agreed(message: str, wish: _Wish, consent: Consent) -> ConsentRequired:
    return ConsentRequired(
        message,
        hint=f"{_paste(wish)} --grant {shlex.quote(consent.flag)}",
        details={"capabilities": list(consent.asked)},
    )


def _paste(wish: _Wish) -> str:
    """Write the command again, without the list of grants."""
    words = ["annex", "install", f"{wish.extension}{f'@{wish.version}' if wish.version else ''}"]
    return shlex.join([*words, *(("--config", wish.config_file) if wish.config_file else ())])


def _show(session: Session, install: InstallView, sentence: str, result: str) -> None:
    data: dict[str, JsonValue] = {**install.model_dump(mode="json"), "result": result}
    grants = ", ".join(name.removeprefix("cap:") for name in install.grants) or "nothing"
    session.show(data, f"{session.ok(sentence)}\n           granted: {grants}")


def _show_rehearsal(session: Session, wish: _Wish, version: VersionDetail, grants: list[str]) -> None:
    data: dict[str, JsonValue] = {
        "extension": str(wish.extension),
        "version": version.version,
        "grants": [*grants],
        "config": {**wish.config},
        "result": "would_install",
    }
    granted = ", ".join(name.removeprefix("cap:") for name in grants) or "nothing"
    session.show(
        data,
        f"{session.ok(f'{wish.extension}@{version.version} can be installed')}\n"
        f"           would be granted: {granted}\n"
        "           nothing was changed: --dry-run",
    )


def _grants(text: str) -> list[str]:
    try:
        return parse_grants(text)
    except ValueError as error:
        raise InvalidUsage(f"--grant cannot be read: {error}.") from None


def _config(session: Session, file: str | None) -> dict[str, str]:
    """Read a JSON object whose values are texts."""
    if file is None:
        return {}
    try:
        with session.path(file).open("rb") as source:
            document = read_strict_json(source.read(_MAX_CONFIG_BYTES))
    except OSError as error:
        raise FileNotUsable(f"{file} cannot be read: {error.strerror}.") from None
    except NotStrictJson as reason:
        raise FileNotUsable(f"{file} is not JSON: {reason}.") from None
    if not isinstance(document, dict):
        raise FileNotUsable(f"{file} must be one JSON object.")
    config: dict[str, str] = {}
    for name, value in document.items():
        if not isinstance(value, str):
            raise FileNotUsable(f'{file}: the value of "{name}" must be a text in quotes.')
        config[name] = value
    return config
