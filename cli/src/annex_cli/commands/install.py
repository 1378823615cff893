"""`annex install`: install a version, with exactly the capabilities somebody agreed to."""

import asyncio
import shlex
from dataclasses import dataclass

import click
from pydantic import JsonValue

from annex_cli.consent import Consent
from annex_cli.credentials import Purpose
from annex_cli.errors import ConsentRequired
from annex_cli.installing import (
    answer_of,
    capabilities_of,
    declared_hosts,
    granted_lines,
    hosts_of,
    listed,
    newest_version,
    present_install,
    read_config,
)
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.capability_words import sentence
from annex_shared.contracts.installs import CreateInstall, InstallView
from annex_shared.contracts.versions import VersionDetail
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class _Wish:
    extension: ExtensionRef
    version: str | None
    grants: list[str] | None
    denied: list[str] | None
    egress: list[str] | None
    config_file: str | None
    config: dict[str, JsonValue]
    is_rehearsal: bool


@click.command("install")
@click.argument("target", metavar="EXT[@VERSION]")
@click.option("--grant", metavar="LIST", help="Agree to exactly these capabilities, separated by commas.")
@click.option("--deny", metavar="LIST", help="Refuse these; with --grant they name all that is asked for.")
@click.option(
    "--egress",
    multiple=True,
    metavar="HOST",
    help="Allow this host only, of those it declares; none: no host.",
)
@click.option("--config", "config_file", metavar="FILE", help="A JSON object for the install to read.")
@click.option("--dry-run", is_flag=True, help="Show what would be asked and done; change nothing.")
@global_flags
@click.pass_context
def command(
    context: click.Context,
    target: str,
    grant: str | None,
    deny: str | None,
    egress: tuple[str, ...],
    config_file: str | None,
    dry_run: bool,
) -> None:
    """Install a version into a tenant; what it asks for is shown, and granted only if you agree.

    \b
    annex install acme/notes                            the newest version; asks before it grants
    annex install acme/notes@1.4.0 --grant storage.kv   without a question, for scripts
    annex install acme/notes --grant storage.kv --deny http.fetch
    annex install acme/notes --grant http.fetch --egress api.example.com
    annex install acme/notes --config notes.json        with a configuration

    Exit codes: 0 installed, 4 not allowed, 5 not found, 6 another version is installed, 8 not agreed to.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    extension, _, version = target.partition("@")
    wish = _Wish(
        extension=ExtensionRef.parse(extension),
        version=VersionNumber.parse(version).text if version else None,
        grants=capabilities_of("--grant", grant),
        denied=capabilities_of("--deny", deny),
        egress=hosts_of(egress),
        config_file=config_file,
        config={} if config_file is None else read_config(session, config_file),
        is_rehearsal=dry_run,
    )
    asyncio.run(_install(session, wish))


async def _install(session: Session, wish: _Wish) -> None:
    async with session.platform(Purpose.ADMINISTER) as client:
        present = await present_install(client, wish.extension)
        number = wish.version
        if number is None:
            newest = await newest_version(client, wish.extension, present)
            if present is not None and not newest.is_newer:
                _show_present(session, present)
                return
            number = newest.row.version
        version = await client.version(str(wish.extension), number)
        if present is not None and present.version_id == version.version_id:
            _show_present(session, present)
            return
        grants = _agreed_grants(session, wish, version)
        if wish.is_rehearsal:
            _show_rehearsal(session, wish, version, grants)
            return
        fields = {"extension": str(wish.extension), "version": version.version, "grants": grants}
        denied = {} if wish.denied is None else {"denied": wish.denied}
        hosts = {} if wish.egress is None else {"egress": wish.egress}
        create = CreateInstall.model_validate({**fields, **denied, **hosts, "config": wish.config})
        session.if_stopped = (
            "Stopped. The install was sent and may be done; run the same command again to settle it."
        )
        what = f"The install of {create.extension} {create.version}"
        install = await answer_of(client.install(create), what)
        _show(session, install, _named("installed", install), "installed")


def _show_present(session: Session, install: InstallView) -> None:
    _show(session, install, f"{install.extension}@{install.version} is installed already", "unchanged")


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
    if not consent.asked and not wish.grants and not wish.denied:
        return consent.grants
    if wish.grants is not None or wish.denied is not None:
        denied = wish.denied or []
        if not consent.is_met_by(wish.grants or [], denied):
            flags = "--grant is" if wish.denied is None else "--grant and --deny are"
            raise _not_agreed(f"{flags} not exactly what {name} asks for.", wish, consent)
        return [granted for granted in consent.grants if granted not in denied]
    lines = "\n".join([sentence("asks", version=name), *consent.sentences(), *_host_lines(version)])
    if not session.terminal.is_interactive:
        session.terminal.say(lines)
        raise _not_agreed(f"{name} asks for capabilities, and nobody is here to agree.", wish, consent)
    session.terminal.fail(lines)
    if wish.is_rehearsal:
        return consent.grants
    if not session.terminal.ask(_question(len(consent.asked))):
        raise _not_agreed(f"You did not agree to what {name} asks for. Nothing was installed.", wish, consent)
    return consent.grants


def _named(name: str, install: InstallView) -> str:
    return sentence(name, extension=install.extension, version=install.version)


def _host_lines(version: VersionDetail) -> list[str]:
    hosts = declared_hosts(version)
    return [f"  hosts:  {', '.join(shown(host, limit=100) for host in hosts)}"] if hosts else []


def _question(count: int) -> str:
    return sentence("grant_one" if count == 1 else "grant_many", count=count)


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
    session.show(data, f"{session.ok(sentence)}\n{granted_lines(install)}")


def _show_rehearsal(session: Session, wish: _Wish, version: VersionDetail, grants: list[str]) -> None:
    data: dict[str, JsonValue] = {
        "extension": str(wish.extension),
        "version": version.version,
        "grants": [*grants],
        "config": {**wish.config},
        "result": "would_install",
    }
    session.show(
        data,
        f"{session.ok(f'{wish.extension}@{version.version} can be installed')}\n"
        f"           would be granted: {listed(grants)}\n"
        "           nothing was changed: --dry-run",
    )
