"""Run one command line: commands found by name, every ending turned into an exit code and its words."""

import importlib
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from annex_cli.error_block import error_block
from annex_cli.errors import InvalidUsage
from annex_cli.exit_codes import ExitCode, exit_code_of
from annex_cli.flag_variables import give_variables
from annex_cli.layered_settings import Layers
from annex_cli.options import GivenFlags, Settings, global_flags
from annex_cli.output import failure_document, stopped_document
from annex_cli.report_file import redacted, write_report
from annex_cli.session import Session, state_folder
from annex_cli.setting_files import SettingFile
from annex_cli.terminal import Terminal, silence
from annex_shared.errors import AnnexError

# Each is imported when it is used, or help would pay for every library of every command.
COMMAND_GROUPS: Mapping[str, Mapping[str, str]] = {
    "Sign in": {
        "login": "Keep an API key for a platform, after it was checked there.",
        "logout": "Forget a login.",
        "whoami": "Show who commands act as, and what that may do.",
    },
    "Make and publish": {
        "init": "Make a new extension from a template; needs no network.",
        "dev": "Run the project on this machine, in the real platform, and follow its sources.",
        "build": "Run the project's build; say what it imports and what that asks for.",
        "types": "Write TypeScript types of the manifest's endpoints, for the page.",
        "version": "Show or raise the version number of the project's manifest.",
        "pack": "Write a bundle: the same files give the same bytes.",
        "sign": "Sign a bundle with a publisher's key.",
        "publish": "Publish a bundle, once and for good.",
        "versions": "List an extension's versions, newest first.",
        "verify": "Check a bundle or an extension against the transparency log.",
    },
    "Install and configure": {
        "install": "Install a version into a tenant, with the capabilities you agree to.",
        "upgrade": "Move an install to a newer version; asks about what it asks for anew.",
        "rollback": "Move an install back to a version it ran before.",
        "pin": "Hold an install at its version.",
        "config": "Read and change the configuration of an install.",
        "secrets": "Set, list and delete the secrets of an install.",
        "enable": "Let an install answer calls again.",
        "disable": "Stop an install; nothing of it is lost.",
        "uninstall": "Remove an install with its configuration and secrets.",
    },
    "Call and watch": {
        "call": "Call an endpoint of an installed extension.",
        "logs": "Show what an extension writes, as it writes it.",
        "executions": "Show an extension's executions: how each ended and what it used.",
        "schedules": "Show and run what an extension has called by the clock.",
        "events": "Follow, make, replay and check events.",
    },
    "Look after what is published": {
        "deprecate": "Advise against a version; everything it does goes on.",
        "yank": "Stop new installs of a version; what runs it keeps running.",
        "trusted-publisher": "Say which builds may publish, without a key.",
        "keys": "List, add, rotate and revoke the keys that sign for a publisher.",
    },
    "Administer": {
        "limits": "Show what one call may use, here and for an extension.",
        "controls": "Show and set rates, quotas, limits and hosts of a tenant or an extension.",
        "kill-switch": "Stop a tenant, an extension or a version at once; let it run again.",
        "audit": "Show who changed keys, roles and tenants.",
        "block": "Stop a version everywhere, also where it runs.",
        "unblock": "Lift a block.",
    },
    "annex itself": {
        "doctor": "Check network, login, tools and project, and say what to mend.",
        "explain": "Explain a problem code or an exit code; asks nobody.",
        "settings": "Show and change the options of annex itself.",
        "schema": "Print the JSON Schema of what a command prints with --json.",
        "completion": "Print the script that completes annex in your shell.",
    },
}
COMMANDS: Mapping[str, str] = {
    name: does for group in COMMAND_GROUPS.values() for name, does in group.items()
}
# Run by programs: neither listed nor suggested.
HIDDEN = {"complete-words": "Print what could stand at a place of a command line."}
_JSON_FLAG = "--json"
_VERSION_FLAG = "--version"


@dataclass(slots=True)
class Run(GivenFlags):
    """One command line on its way; ``session`` is there once the command has begun."""

    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None

    def begin(self, command: str) -> Session:
        """Settle the settings. Raises InvalidUsage."""
        self.session = Session.begin(command, Settings.of(self.flags, self.environment), self.environment)
        return self.session


def command_named(name: str) -> click.Command | None:
    """Import a command; each of its own flags gets its variable."""
    if name not in COMMANDS and name not in HIDDEN:
        return None
    module = importlib.import_module(f"annex_cli.commands.{name.replace('-', '_')}")
    command: click.Command = module.command
    give_variables(command, name)
    return command


class LazyGroup(click.Group):
    """Knows its commands by name and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        return command_named(cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read --version last: the flags beside it say how it is shown, wherever they stand."""
        if _VERSION_FLAG in args and COMMANDS.keys().isdisjoint(args):
            args = [*(word for word in args if word != _VERSION_FLAG), _VERSION_FLAG]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest what was meant; the guess is never run."""
        if args and args[0] not in {**COMMANDS, **HIDDEN} and not args[0].startswith("-"):
            meant = get_close_matches(args[0], COMMANDS, n=1)
            guess = f' Did you mean "{meant[0]}"?' if meant else ""
            raise click.UsageError(f'There is no command "{args[0]}".{guess}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        for title, commands in COMMAND_GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


@click.group(
    "annex",
    cls=LazyGroup,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    epilog="Exit codes and settings: docs/cli.md",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=False,
    callback=lambda context, _, value: _show_version(context) if value else None,
    help="Show the versions of annex and of the platform.",
)
@global_flags
def annex() -> None:
    """Build, publish, install, call and watch extensions.

    \b
    annex publish                       pack and publish the project in this folder
    annex install acme/notes@1.4.0      install a version
    annex versions acme/notes           what is published, and what runs here
    """  # noqa: D301 - \b tells click to keep the lines


def _show_version(context: click.Context) -> None:
    from annex_cli.program_version import show_program_version  # noqa: PLC0415 - one rare case needs it

    current: Run = context.ensure_object(Run)
    show_program_version(current.begin("--version"))
    context.exit()


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command line and return its exit code; nothing escapes but a request to stop twice."""
    current = Run(arguments=arguments, environment=environment)
    try:
        code = _invoke(current)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the result has enough of it.
        silence(sys.stdout)
        return ExitCode.OK
    return code


def _invoke(current: Run) -> int:
    try:
        # Not click's own main: that one ends the process itself when a pipe closes.
        with annex.make_context("annex", list(current.arguments), obj=current) as context:
            annex.invoke(context)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last door: every ending is explained
        return _ended(current, error)
    return ExitCode.OK


def _ended(current: Run, error: BaseException) -> int:
    match error:
        case click.exceptions.Exit(exit_code=code):
            return code
        case click.exceptions.NoArgsIsHelpError():
            _terminal(current).fail(error.format_message())
            return ExitCode.USAGE
        case click.ClickException():
            return _fail(current, _usage(error))
        case AnnexError():
            return _fail(current, error)
        case KeyboardInterrupt() | click.Abort():
            return _stopped(current)
        case _:
            return _bug(current, error)


def _fail(current: Run, error: AnnexError) -> int:
    terminal, session = _terminal(current), current.session
    code = exit_code_of(error)
    credential = session.credential if session and code is ExitCode.AUTH else None
    if terminal.is_json and not (session and session.has_shown):
        warnings = session.warnings if session else ()
        name = session.command if session else None
        terminal.result(failure_document(name, error, warnings, credential=credential))
    elif not terminal.is_json:
        block = error_block(
            error,
            credential=credential,
            yours=session.yours if session else None,
            command_line=shlex.join(["annex", *current.arguments]),
            width=min(terminal.error_width, 100),
            prefix=f"{terminal.styled('error:', terminal.stderr, fg='red')} ",
        )
        terminal.fail(block)
    return code


def _usage(error: click.ClickException) -> InvalidUsage:
    context = getattr(error, "ctx", None)
    command = context.command_path if isinstance(context, click.Context) else "annex"
    return InvalidUsage(error.format_message(), hint=f"{command} --help")


def _stopped(current: Run) -> int:
    terminal, session = _terminal(current), current.session
    message = session.if_stopped if session else "Stopped. Nothing was changed."
    if terminal.is_json and not (session and session.has_shown):
        terminal.result(stopped_document(session.command if session else None, "INTERRUPTED", message))
    elif not terminal.is_json:
        terminal.fail(f"\n{message}")
    return ExitCode.INTERRUPTED


def _bug(current: Run, error: BaseException) -> int:
    terminal, session = _terminal(current), current.session
    report = write_report(error, current.arguments, state_folder(current.environment) / "reports")
    place = f"A report without secrets is in {report}." if report else "A report could not be written."
    message = f"Unexpected failure in annex {version('annex-cli')}. {place}"
    if session and session.settings.is_debug:
        terminal.fail(redacted(_trace(error)))
    if terminal.is_json and not (session and session.has_shown):
        terminal.result(stopped_document(session.command if session else None, "UNEXPECTED_FAILURE", message))
    elif not terminal.is_json:
        terminal.fail(f"error: {message}\n\n  code        UNEXPECTED_FAILURE")
    return ExitCode.BUG


def _trace(error: BaseException) -> str:
    import traceback  # noqa: PLC0415 - needed in one rare case

    return "".join(traceback.format_exception(error))


def _terminal(current: Run) -> Terminal:
    """Return the run's terminal; before its command began, only the flags themselves can be asked."""
    if current.session is not None:
        return current.session.terminal
    is_json = current.flags.get("json", False) or _JSON_FLAG in current.arguments or _wants_json(current)
    return Terminal(sys.stdin, sys.stdout, sys.stderr, current.environment, is_json=bool(is_json))


def _wants_json(current: Run) -> bool:
    """Read the variable alone: whatever failed may have been the settings themselves."""
    return (
        Layers(current.flags, current.environment, None, SettingFile(Path(), is_project=False))
        .settled("json")
        .value
        is True
    )


def begin(context: click.Context) -> Session:
    """Begin the command of a context; the first line of every command."""
    current: Any = context.find_object(Run)
    # The name as it was typed, without the program's own: "publish", "keys add".
    return current.begin(context.command_path.partition(" ")[2])  # type: ignore[no-any-return]  # run put it there
