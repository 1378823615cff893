"""`annex login`: sign in by a code approved in a browser, or keep an API key; it is checked there first."""

import asyncio
import sys
from dataclasses import dataclass
from platform import node
from typing import Any

import click
from pydantic import JsonValue
from yarl import URL

from annex_cli.credentials import checked_key, find_dev_platform, tenant_id_of
from annex_cli.device_login import DeviceKey, DeviceWish, sign_in_device
from annex_cli.errors import FileNotUsable, InvalidUsage, KeyringUnavailable
from annex_cli.logging_in import Identity, checked_identity
from annex_cli.options import global_flags
from annex_cli.profiles import DEFAULT, Place, Profile, Profiles, checked_name, keyring_problem
from annex_cli.program import begin
from annex_cli.session import Session

_MAX_KEY_BYTES = 4096
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Way:
    """How the key is come by: from a file, standard input or a person, or granted to a device."""

    key_file: str | None = None
    from_stdin: bool = False
    ask_key: bool = False
    device: bool = False
    device_name: str | None = None
    permissions: str | None = None
    no_browser: bool = False


@click.command("login")
@click.option("--key-file", metavar="FILE", help='Read the API key from this file; "-" is standard input.')
@click.option("--from-stdin", is_flag=True, help="Read the API key from standard input.")
@click.option("--ask-key", is_flag=True, help="Type the API key, unseen.")
@click.option("--device", is_flag=True, help="Sign in with a code on another machine; no terminal is needed.")
@click.option("--device-name", metavar="NAME", help="What the login is called where it is approved.")
@click.option("--permissions", metavar="LIST", help="Ask for these permissions only, with commas between.")
@click.option("--no-browser", is_flag=True, help="Open no browser here.")
@click.option("--insecure-storage", is_flag=True, help="Keep the key in a file only you can read (0600).")
@global_flags
@click.pass_context
def command(context: click.Context, /, insecure_storage: bool, **given: Any) -> None:
    """Sign in to a platform. Without a key, a code is shown that you approve in a browser, here or elsewhere.

    \b
    annex login --gateway https://annex.example.org      shows a code and an address, and waits
    annex login --profile prod --key-file prod.key       a second login, by a name of its own
    printenv KEY | annex login --from-stdin --gateway URL

    Exit codes: 0 signed in, 2 no key was given, 4 denied, expired, not accepted, or no keyring can be used.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    way = Way(**given)
    name = checked_name(session.settings.profile or DEFAULT)
    profiles = Profiles.of(session.environment)
    gateway_url = _gateway_url(session, profiles.all().get(name))
    place = _place(insecure_storage=insecure_storage)
    wished = tenant_id_of(session.settings.tenant)
    key = _given_key(session, gateway_url, way)
    device: DeviceKey | None = None
    if key is None:
        device = asyncio.run(_signed_in(session, gateway_url, way, tenant_id=wished))
        key = _typed_key(session, gateway_url) if device is None else device.access_token

    async def check() -> Identity:
        async with session.platform_as(gateway_url, key, tenant_id=wished) as client:
            return await checked_identity(client)

    identity = asyncio.run(check())
    me = identity.me
    tenant_id = wished or (me.tenant_id if me else None)
    profile = Profile(
        name,
        gateway_url,
        tenant_id,
        place,
        me.name or me.principal_id if me else None,
        is_device=device is not None,
    )
    profiles.keep(profile, key)
    _show(session, profiles, profile, identity, device)


async def _signed_in(
    session: Session, gateway_url: str, way: Way, *, tenant_id: str | None
) -> DeviceKey | None:
    session.if_stopped = "Stopped. Nothing was kept, and the code opens nothing without you."
    named = (name.strip() for name in (way.permissions or "").split(","))
    wish = DeviceWish(
        way.device_name or f"annex on {node() or 'this machine'}",
        tuple(name for name in named if name),
        tenant_id,
        opens_browser=not way.no_browser and not session.terminal.is_json,
    )
    async with session.platform_as(gateway_url, "") as client:
        return await sign_in_device(client, wish, session=session)


def _show(
    session: Session, profiles: Profiles, profile: Profile, identity: Identity, device: DeviceKey | None
) -> None:
    data: dict[str, JsonValue] = {
        "profile": profile.name,
        "gateway_url": profile.gateway_url,
        "tenant_id": profile.tenant_id,
        "principal": profile.principal,
        "stored_in": profile.place.value,
        "permissions": None if device is None else [*device.permissions],
        "expires_at": None if device is None else device.expires_at.isoformat(),
    }
    granted = ""
    if device is not None:
        granted = (
            f"           may {', '.join(device.permissions)}, until {device.expires_at:%Y-%m-%d %H:%M} UTC\n"
        )
    is_kept_by_system = profile.place is Place.KEYRING
    where = "the system keyring" if is_kept_by_system else str(profiles.files.path(profile.name))
    session.show(
        data,
        f"{session.ok(f'signed in to {profile.gateway_url} as {identity.sentence}')}\n"
        f"{granted}"
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


def _given_key(session: Session, gateway_url: str, way: Way) -> str | None:
    """Read the key that a flag names; None where a code is to be approved instead."""
    if way.from_stdin or way.key_file == "-":
        return checked_key(sys.stdin.read(_MAX_KEY_BYTES), "what standard input gave")
    if way.key_file is not None:
        path = session.path(way.key_file)
        try:
            with path.open("rb") as file:
                text = file.read(_MAX_KEY_BYTES).decode("ascii", "replace")
        except OSError as error:
            raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
        return checked_key(text, str(path))
    if way.ask_key:
        return _typed_key(session, gateway_url)
    if not way.device and not session.terminal.is_interactive:
        # Nobody may be there to approve a code, and a script must not wait for them.
        raise _nobody_there(gateway_url)
    return None


def _typed_key(session: Session, gateway_url: str) -> str:
    if not session.terminal.is_interactive:
        raise _nobody_there(gateway_url)
    return checked_key(session.terminal.ask_secret(f"API key for {gateway_url}"), "what was typed")


def _nobody_there(gateway_url: str) -> InvalidUsage:
    return InvalidUsage(
        "There is no terminal to sign in at. Name a file with --key-file, pipe a key in with --from-stdin, "
        "or say --device to have a code shown that is approved elsewhere.",
        hint=f"annex login --gateway {gateway_url} --device",
    )
