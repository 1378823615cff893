"""`annex login`: keep an API key for a platform, after it was checked there."""

import asyncio
import sys

import click
from pydantic import JsonValue
from yarl import URL

from annex_cli.credentials import checked_key, find_dev_platform, tenant_id_of
from annex_cli.errors import FileNotUsable, InvalidUsage, KeyringUnavailable
from annex_cli.logging_in import Identity, checked_identity
from annex_cli.options import global_flags
from annex_cli.profiles import DEFAULT, Place, Profile, Profiles, checked_name, keyring_problem
from annex_cli.program import begin
from annex_cli.session import Session

_MAX_KEY_BYTES = 4096
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command("login")
@click.option("--key-file", metavar="FILE", help='Read the API key from this file; "-" is standard input.')
@click.option("--from-stdin", is_flag=True, help="Read the API key from standard input.")
@click.option("--insecure-storage", is_flag=True, help="Keep the key in a file only you can read (0600).")
@global_flags
@click.pass_context
def command(context: click.Context, key_file: str | None, from_stdin: bool, insecure_storage: bool) -> None:
    """Keep an API key for a platform, in the system keyring. It is checked with the platform first.

    \b
    annex login --gateway https://annex.example.org      asks for the key, unseen
    annex login --profile prod --key-file prod.key       a second login, by a name of its own
    printenv KEY | annex login --from-stdin --gateway URL

    Exit codes: 0 signed in, 2 no key was given, 4 the key is not accepted or no keyring can be used.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    name = checked_name(session.settings.profile or DEFAULT)
    profiles = Profiles.of(session.environment)
    gateway_url = _gateway_url(session, profiles.all().get(name))
    place = _place(insecure_storage=insecure_storage)
    key = _key(session, gateway_url, key_file, from_stdin=from_stdin)
    wished = tenant_id_of(session.settings.tenant)

    async def check() -> Identity:
        async with session.platform_as(gateway_url, key, tenant_id=wished) as client:
            return await checked_identity(client)

    identity = asyncio.run(check())
    me = identity.me
    tenant_id = wished or (me.tenant_id if me else None)
    profile = Profile(name, gateway_url, tenant_id, place, me.name or me.principal_id if me else None)
    profiles.keep(profile, key)
    _show(session, profiles, profile, identity)


def _show(session: Session, profiles: Profiles, profile: Profile, identity: Identity) -> None:
    data: dict[str, JsonValue] = {
        "profile": profile.name,
        "gateway_url": profile.gateway_url,
        "tenant_id": profile.tenant_id,
        "principal": profile.principal,
        "stored_in": profile.place.value,
    }
    is_kept_by_system = profile.place is Place.KEYRING
    where = "the system keyring" if is_kept_by_system else str(profiles.files.path(profile.name))
    session.show(
        data,
        f"{session.ok(f'signed in to {profile.gateway_url} as {identity.sentence}')}\n"
        f"           profile {profile.name}, kept in {where}\n"
        "           Next:  annex whoami",
    )
    if "ANNEX_TOKEN" in session.environment:
        session.warn("OVERRIDDEN", "ANNEX_TOKEN is set and overrides this login as long as it is")


def _gateway_url(session: Session, known: Profile | None) -> str:
    """Take the address from what the person said; what a project says is not enough to send a key there."""
    settings = session.settings
    chosen = settings.gateway_url or (known.gateway_url if known else None)
    if chosen is None and settings.project_gateway is None:
        found = find_dev_platform(session.environment, settings.folder)
        chosen = found[1].gateway_url if found else None
    if chosen is None:
        address = settings.project_gateway or "https://annex.example.org"
        raise InvalidUsage(
            "It is not known which platform to sign in to.", hint=f"annex login --gateway {address}"
        )
    url = URL(chosen)
    if url.scheme == "http" and url.host not in _LOOPBACK:
        session.warn("PLAIN_HTTP", f"{url.origin()} is not https://, so others on the way can read the key")
    return chosen


def _place(*, insecure_storage: bool) -> Place:
    """Choose where the key will be before it is asked for. Raises KeyringUnavailable."""
    if insecure_storage:
        return Place.FILE
    problem = keyring_problem()
    if problem is not None:
        raise KeyringUnavailable.because(problem)
    return Place.KEYRING


def _key(session: Session, gateway_url: str, key_file: str | None, *, from_stdin: bool) -> str:
    if from_stdin or key_file == "-":
        return checked_key(sys.stdin.read(_MAX_KEY_BYTES), "what standard input gave")
    if key_file is not None:
        path = session.path(key_file)
        try:
            with path.open("rb") as file:
                text = file.read(_MAX_KEY_BYTES).decode("ascii", "replace")
        except OSError as error:
            raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
        return checked_key(text, str(path))
    if not session.terminal.is_interactive:
        raise InvalidUsage(
            "There is no terminal to ask for the API key. Name a file with --key-file, "
            "or pipe the key in with --from-stdin.",
            hint=f"annex login --gateway {gateway_url} --key-file FILE",
        )
    return checked_key(session.terminal.ask_secret(f"API key for {gateway_url}"), "what was typed")
