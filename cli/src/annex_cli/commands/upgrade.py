"""`annex upgrade`: move an install to a newer version; only what it asks for anew has to be agreed to."""

import asyncio
import shlex
from dataclasses import dataclass

import click
from pydantic import JsonValue

from annex_cli.consent import Consent
from annex_cli.credentials import Purpose
from annex_cli.errors import ConsentRequired
from annex_cli.exit_codes import ExitCode
from annex_cli.installing import (
    answer_of,
    capabilities_of,
    declared_hosts,
    granted_lines,
    hosts_of,
    listed,
    newest_version,
    read_config,
    require_install,
)
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.capability_words import sentence
from annex_shared.contracts.installs import ChangeInstall, InstallView
from annex_shared.contracts.versions import VersionDetail
from annex_shared.display_text import shown
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class _Wish:
    extension: ExtensionRef
    version: str | None
    grants: list[str]
    denied: list[str]
    egress: list[str] | None
    config: dict[str, JsonValue] | None
    only_checks: bool
    is_rehearsal: bool


@dataclass(frozen=True, slots=True)
class _Decision:
    """What an upgrade comes to; ``added`` is what nobody decided before."""

    grants: list[str]
    denied: list[str]
    added: Consent
    removed: list[str]
    unchanged: int


@click.command("upgrade")
@click.argument("extension", metavar="EXT")
@click.option("--to", "version", metavar="VERSION", help="This version; without it the newest.")
@click.option("--check", is_flag=True, help="Only say whether there is a newer version: exit code 12 if so.")
@click.option("--grant", metavar="LIST", help="Agree to these of the capabilities asked for.")
@click.option("--deny", metavar="LIST", help="Refuse these; refused ones stay so through later upgrades.")
@click.option(
    "--egress",
    multiple=True,
    metavar="HOST",
    help="Allow exactly these hosts, of those it declares; none: no host.",
)
@click.option("--config", "config_file", metavar="FILE", help="A new configuration: one JSON object.")
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@global_flags
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one parameter for each flag
    context: click.Context,
    extension: str,
    version: str | None,
    check: bool,
    grant: str | None,
    deny: str | None,
    egress: tuple[str, ...],
    config_file: str | None,
    dry_run: bool,
) -> None:
    """Move an install to a newer version. Shows what it asks for anew, and asks.

    What was granted stays granted while it is asked for; what was denied stays denied. Until everything new
    is decided, the install keeps its version. Hosts it declares anew stay closed until --egress names them.

    \b
    annex upgrade acme/notes                             to the newest version
    annex upgrade acme/notes --to 1.5.0 --grant http.fetch --deny secrets.get
    annex upgrade acme/notes --check                     only look

    Exit codes: 0 upgraded or up to date, 3 its configuration does not fit, 4 not allowed, 5 not installed,
    8 not agreed to, pinned or withdrawn, 12 there is an upgrade (--check).
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    wish = _Wish(
        extension=ExtensionRef.parse(extension),
        version=VersionNumber.parse(version).text if version else None,
        grants=capabilities_of("--grant", grant) or [],
        denied=capabilities_of("--deny", deny) or [],
        egress=hosts_of(egress),
        config=None if config_file is None else read_config(session, config_file),
        only_checks=check,
        is_rehearsal=dry_run,
    )
    if asyncio.run(_upgrade(session, wish)):
        context.exit(ExitCode.FINDINGS)


async def _upgrade(session: Session, wish: _Wish) -> bool:
    """Return whether an upgrade was found and only looked at."""
    async with session.platform(Purpose.USE if wish.only_checks else Purpose.ADMINISTER) as client:
        install = await require_install(client, wish.extension)
        version = await _version(client, wish, install)
        if version is None or version.version_id == install.version_id:
            same = sentence("up_to_date", extension=install.extension, version=install.version)
            _show(session, install, install, same, "unchanged")
            return False
        decision = _decide(install, version, wish)
        if wish.only_checks:
            _show_plan(session, install, version, decision, "upgrade_exists")
            return True
        _say_difference(session, install, version, decision)
        decision = _agreed(session, wish, version, decision)
        if wish.is_rehearsal:
            _show_plan(session, install, version, decision, "would_upgrade")
            return False
        changed = await _send(session, client, install, version, decision, wish)
        _show(
            session,
            changed,
            install,
            sentence(
                "upgraded",
                extension=install.extension,
                version=changed.version,
                before=install.version,
            ),
            "upgraded",
        )
        return False


async def _version(client: PlatformClient, wish: _Wish, install: InstallView) -> VersionDetail | None:
    number = wish.version
    if number is None:
        newest = await newest_version(client, wish.extension, install)
        if not newest.is_newer:
            return None
        number = newest.row.version
    return await client.version(str(wish.extension), number)


def _decide(install: InstallView, version: VersionDetail, wish: _Wish) -> _Decision:
    """Carry what was decided over, and add what the flags decide."""
    asked = version.capabilities or []
    everything = Consent.of(asked)
    kept = [name for name in install.grants if name in asked]
    grants = sorted({*kept, *wish.grants, *everything.granted_anyway} - {*wish.denied})
    denied = sorted({*(name for name in install.denied if name in asked), *wish.denied} - {*wish.grants})
    added = Consent.of(name for name in asked if name not in {*grants, *denied})
    removed = [name for name in install.grants if name not in asked]
    return _Decision(grants, denied, added, removed, len(kept))


def _agreed(session: Session, wish: _Wish, version: VersionDetail, decision: _Decision) -> _Decision:
    """Return the decision made whole. Raises ConsentRequired unless somebody agreed to all that is new."""
    added = decision.added
    if not added.asked:
        return decision
    name = f"{wish.extension} {version.version}"
    count = len(added.asked)
    question = sentence("grant_one" if count == 1 else "grant_many", count=count)
    command_line = f"annex upgrade {wish.extension} --to {shlex.quote(version.version)}"
    if not session.terminal.is_interactive:
        raise ConsentRequired(
            f"{name} asks for what nobody has decided, and nobody is here to agree. Nothing was changed.",
            hint=f"{command_line} --grant {shlex.quote(added.flag)}",
            details={"new_capabilities": list(added.asked)},
        )
    if not wish.is_rehearsal and not session.terminal.ask(question):
        raise ConsentRequired(
            f"You did not agree to what {name} asks for. Nothing was changed; to use it without, deny it.",
            hint=f"{command_line} --deny {shlex.quote(added.flag)}",
            details={"new_capabilities": list(added.asked)},
        )
    return _Decision(
        sorted({*decision.grants, *added.asked}), decision.denied, added, decision.removed, decision.unchanged
    )


async def _send(
    session: Session,
    client: PlatformClient,
    install: InstallView,
    version: VersionDetail,
    decision: _Decision,
    wish: _Wish,
) -> InstallView:
    session.if_stopped = (
        "Stopped. The upgrade was sent and may be done; run the same command again to settle it."
    )
    fields: dict[str, JsonValue] = {"version": version.version, "if_revision": install.revision}
    if version.capabilities is not None:
        fields |= {"grants": [*decision.grants], "denied": [*decision.denied]}
    if wish.egress is not None:
        fields["egress"] = [*wish.egress]
    if wish.config is not None:
        fields["config"] = wish.config
    change = ChangeInstall.model_validate(fields)
    what = f"The upgrade of {install.extension} to {version.version}"
    return await answer_of(client.change_install(install.install_id, change), what)


def _say_difference(
    session: Session, install: InstallView, version: VersionDetail, decision: _Decision
) -> None:
    lines = [f"{install.version} -> {version.version}"]
    lines += [f"+ {line.strip()}   new" for line in decision.added.sentences()]
    lines += [f"- {name.removeprefix('cap:')}   {sentence('asked_no_more')}" for name in decision.removed]
    new = [host for host in declared_hosts(version) if host not in install.declared_egress]
    lines += [f"+ host {shown(host, limit=100)}   new, closed until --egress names it" for host in new]
    lines.append(f"= {decision.unchanged} unchanged")
    session.terminal.say("\n".join(lines))


def _show(session: Session, install: InstallView, before: InstallView, sentence: str, result: str) -> None:
    data: dict[str, JsonValue] = {
        **install.model_dump(mode="json"),
        "version_before": before.version,
        "result": result,
    }
    session.show(data, f"{session.ok(sentence)}\n{granted_lines(install)}")


def _show_plan(
    session: Session, install: InstallView, version: VersionDetail, decision: _Decision, result: str
) -> None:
    data: dict[str, JsonValue] = {
        "extension": install.extension,
        "version_before": install.version,
        "version": version.version,
        "new_capabilities": list(decision.added.asked),
        "removed_capabilities": [*decision.removed],
        "grants": [*decision.grants],
        "denied": [*decision.denied],
        "result": result,
    }
    session.show(
        data,
        f"{session.ok(f'{install.extension}: {install.version} -> {version.version}')}\n"
        f"           asks for anew: {listed(list(decision.added.asked))}\n"
        "           nothing was changed",
    )
