"""`annex init`: make a new extension from a template."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import click
from pydantic import JsonValue

from annex_cli.credentials import DEV_FILE
from annex_cli.errors import InvalidUsage
from annex_cli.options import global_flags
from annex_cli.program import begin
from annex_cli.scaffolding import (
    TEMPLATES,
    Choice,
    Template,
    language_of,
    project_files,
    template_named,
    write_project,
)
from annex_cli.session import Session
from annex_shared.names import ExtensionName, InvalidExtensionName, PublisherSlug

# Who publishes on a platform of `make run` unless somebody says otherwise.
_DEVELOPMENT_PUBLISHER = "annex-demo"
_GIT_SECONDS = 20


@click.command("init")
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--template", metavar="NAME", help=f"{', '.join(one.name for one in TEMPLATES)}.")
@click.option("--lang", metavar="LANG", help="js, ts or py; the first that the template has.")
@click.option("--publisher", metavar="SLUG", help="Who publishes it; the left part of its name.")
@click.option("--no-git", is_flag=True, help="Make no repository.")
@click.option(
    "--force", is_flag=True, help="Write into a folder that has files; replaces those of the template."
)
@global_flags
@click.pass_context
def command(
    context: click.Context,
    folder: str | None,
    template: str | None,
    lang: str | None,
    publisher: str | None,
    no_git: bool,
    force: bool,
) -> None:
    """Make a new extension in DIR, which names it. Asks nobody on the network.

    What is not said is asked for: name, template, language and publisher. --yes takes the first of each.

    \b
    annex init ticket-notes
    annex init ticket-notes --template full --publisher acme
    annex init ticket-notes --template handler --lang py --no-git

    \b
    handler   answers calls (ts, js, py)
    ui        a page in React (ts)
    full      a handler, and a page that calls it (ts)

    Exit codes: 0 written, 2 something was not said and nobody is there to ask, 3 the folder is not empty.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    session.if_stopped = "Stopped. No file was written."
    place = session.path(folder or _asked_name(session)).resolve()
    name = _name_of(place)
    kind = template_named(template) if template else _asked_template(session)
    language = _language(session, kind, lang)
    who = PublisherSlug.of(publisher or _asked_publisher(session))
    choice = Choice(name, who, kind, language)
    written = project_files(choice)
    write_project(place, written, may_replace=force)
    has_git = not no_git and _with_git(place, session.environment)
    shown = _relative(place, session.settings.folder)
    following = [f"cd {shlex.quote(shown)}", "annex dev"] if shown != "." else ["annex dev"]
    data: dict[str, JsonValue] = {
        "dir": str(place),
        "extension": choice.extension,
        "template": kind.name,
        "lang": language,
        "files": [*written],
        "git": has_git,
        "next": [*following],
    }
    session.show(data, _text(session, shown, choice, list(written), following))


def _text(session: Session, shown: str, choice: Choice, written: list[str], following: list[str]) -> str:
    lines = [session.ok(f"Created {choice.extension} in {shown} ({len(written)} files)")]
    lines += [f"           {name}" for name in written]
    lines.append(f"           Next:  {' && '.join(following)}")
    return "\n".join(lines)


def _asked_name(session: Session) -> str:
    if not session.terminal.is_interactive or session.settings.is_confirmed:
        raise InvalidUsage("Name the folder of the new extension.", hint="annex init my-extension")
    return _ask(session, "Name", default="my-extension")


def _name_of(place: Path) -> ExtensionName:
    try:
        return ExtensionName.parse(place.name)
    except InvalidExtensionName as error:
        try:
            meant = str(PublisherSlug.of(place.name))
        except Exception:  # noqa: BLE001 - there is no better name to propose
            meant = "my-extension"
        raise InvalidUsage(
            f"The folder names the extension. {error.message}", hint=f"annex init {meant}"
        ) from None


def _asked_template(session: Session) -> Template:
    if session.settings.is_confirmed:
        return TEMPLATES[0]
    names = [one.name for one in TEMPLATES]
    if not session.terminal.is_interactive:
        raise InvalidUsage(
            f"Say which template with --template: {', '.join(names)}.",
            hint="annex init DIR --template full",
        )
    for one in TEMPLATES:
        session.terminal.say(f"           {one.name:<8} {one.about}")
    return template_named(_ask(session, f"Template ({', '.join(names)})", default=names[0]))


def _language(session: Session, kind: Template, said: str | None) -> str:
    has_choice = len(kind.languages) > 1 and session.terminal.is_interactive
    if said is None and has_choice and not session.settings.is_confirmed:
        said = _ask(session, f"Language ({', '.join(kind.languages)})", default=kind.languages[0])
    return language_of(kind, said)


def _asked_publisher(session: Session) -> str:
    folder = session.settings.folder.resolve()
    is_development = any((place / DEV_FILE).is_file() for place in (folder, *folder.parents))
    default = _DEVELOPMENT_PUBLISHER if is_development else None
    if session.terminal.is_interactive and not session.settings.is_confirmed:
        return _ask(session, "Publisher", default=default)
    if default is None:
        raise InvalidUsage(
            "Say who publishes the extension with --publisher.", hint="annex init DIR --publisher my-company"
        )
    return default


def _ask(session: Session, question: str, *, default: str | None) -> str:
    answer = session.terminal.ask_text(question, default=default)
    if not answer:
        raise InvalidUsage(f"{question}: nothing was said.", hint="annex init --help")
    return answer


def _with_git(place: Path, around: Mapping[str, str]) -> bool:
    """Make a repository, unless there is one around it or no git."""
    git = shutil.which("git", path=around.get("PATH"))
    if git is None or any((folder / ".git").exists() for folder in (place, *place.parents)):
        return False
    # Variables of a hook that runs us would lead it to another repository.
    environment = {name: value for name, value in around.items() if not name.startswith("GIT_")}
    try:
        made = subprocess.run(  # noqa: S603 - the program is git, the folder ours
            [git, "init", "--quiet"],
            cwd=place,
            env=environment,
            check=False,
            capture_output=True,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return made.returncode == 0


def _relative(place: Path, folder: Path) -> str:
    try:
        return str(place.relative_to(folder.resolve()))
    except ValueError:
        return str(place)
