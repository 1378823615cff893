"""Find who a command acts as, and say where that came from: a file named, the environment, a dev platform."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from annex_cli.errors import CredentialMissing, CredentialUnreadable, InvalidUsage, ProfileNotFound
from annex_cli.profiles import DEFAULT, DEVELOPMENT, Place, Profile, Profiles
from annex_shared.ids import InvalidId, parse_uuid

TOKEN = "ANNEX_TOKEN"  # noqa: S105 - the name of a variable, not its value
DEV_FILE = Path(".annex") / "dev.json"
_MAX_TOKEN_BYTES = 4096
_MAX_DEV_FILE_BYTES = 64 * 1024
_WAYS = (
    "Run annex login, set ANNEX_TOKEN, name a file with --token-file, or run inside a folder of `make run`."
)


class Purpose(Enum):
    """What the command is about to do; it decides which development key is right."""

    ADMINISTER = "admin_api_key"
    USE = "api_key"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key, the gateway it is for and where it came from; the key is never shown.

    ``hidden`` is the file of a development platform that would have been used without this login.
    """

    token: str
    source: str
    gateway_url: str
    tenant_id: str | None
    is_development: bool = False
    hidden: Path | None = None

    def __repr__(self) -> str:
        return f"Credential(source={self.source!r}, gateway_url={self.gateway_url!r})"


class DevPlatform(BaseModel):
    """What a platform started with `make run` writes down for its owner."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    gateway_url: str
    tenant_id: str
    api_key: str
    admin_api_key: str
    log_vkey: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialWish:
    """The settings that choose a credential."""

    gateway_url: str | None
    tenant: str | None
    token_file: Path | None
    profile: str | None = None
    project_gateway: str | None = None

    @property
    def wanted_gateway(self) -> str | None:
        """The address that a login must have been made for."""
        return self.gateway_url or self.project_gateway


def find_credential(
    wish: CredentialWish, purpose: Purpose, *, environment: Mapping[str, str], folder: Path
) -> Credential:
    """Choose --token-file, then ANNEX_TOKEN, then a login, then the nearest development platform.

    A login's key and a development key are sent to their own gateway only. Raises CredentialMissing,
    CredentialUnreadable, ProfileNotFound, KeyringUnavailable and InvalidUsage.
    """
    found = find_dev_platform(environment, folder)
    dev = found[1] if found else None
    named = _named_token(wish, environment)
    if named is not None:
        return _of_token(wish, named, dev, environment)
    if wish.profile != DEVELOPMENT:
        profile = find_profile(wish, environment)
        if profile is not None:
            hidden = found[0] if found and wish.profile is None else None
            return _of_profile(wish, profile, environment, hidden)
    if found is None or dev is None or not _is_same(wish.wanted_gateway, dev.gateway_url):
        elsewhere = f" for {wish.wanted_gateway}" if wish.wanted_gateway else ""
        raise CredentialMissing(f"There is no key to act with{elsewhere}. {_WAYS}", hint=_login(wish))
    return Credential(
        token=getattr(dev, purpose.value),
        source=f"the {purpose.value} in {found[0]}",
        gateway_url=dev.gateway_url,
        tenant_id=tenant_id_of(wish.tenant, dev) or dev.tenant_id,
        is_development=True,
    )


def _login(wish: CredentialWish) -> str:
    return f"annex login --gateway {wish.wanted_gateway}" if wish.wanted_gateway else "annex login"


def find_profile(wish: CredentialWish, environment: Mapping[str, str]) -> Profile | None:
    """Return the login that is meant: the one named, else `default`, else the only one for the gateway.

    Raises ProfileNotFound for a name without a login, and InvalidUsage if it is for another gateway.
    """
    known = Profiles.of(environment).all()
    if wish.profile is not None:
        profile = known.get(wish.profile)
        if profile is None:
            raise ProfileNotFound(
                f'There is no login "{wish.profile}" on this machine.',
                details={"profiles": [*sorted(known)]},
                hint=f"annex login --profile {wish.profile}",
            )
        if not _is_same(wish.wanted_gateway, profile.gateway_url):
            raise InvalidUsage(
                f"Profile {profile.name} is for {profile.gateway_url}, not for {wish.wanted_gateway}.",
                hint="Leave --gateway out, or name another --profile.",
            )
        return profile
    fitting = [one for one in known.values() if _is_same(wish.wanted_gateway, one.gateway_url)]
    default = next((one for one in fitting if one.name == DEFAULT), None)
    return default or (fitting[0] if wish.wanted_gateway and len(fitting) == 1 else None)


def _of_profile(
    wish: CredentialWish, profile: Profile, environment: Mapping[str, str], hidden: Path | None
) -> Credential:
    profiles = Profiles.of(environment)
    where = "the system keyring" if profile.place is Place.KEYRING else str(profiles.files.path(profile.name))
    return Credential(
        token=checked_key(profiles.key_of(profile), where),
        source=f"profile {profile.name}, from {where}",
        gateway_url=profile.gateway_url,
        tenant_id=tenant_id_of(wish.tenant) or profile.tenant_id,
        hidden=hidden,
    )


def _of_token(
    wish: CredentialWish, named: tuple[str, str], dev: "DevPlatform | None", environment: Mapping[str, str]
) -> Credential:
    """Send a key of unknown home only where its user said: a project's file is not its user."""
    token, source = named
    overridden = _overridden(wish, environment)
    chosen = overridden.gateway_url if overridden and wish.profile else None
    gateway_url = wish.gateway_url or chosen or (dev.gateway_url if dev else None)
    if gateway_url is None or not _is_same(wish.project_gateway, gateway_url):
        address = wish.project_gateway or "URL"
        reason = " This project's annex.toml names one, and a key is sent there only if you say so."
        raise InvalidUsage(
            f"It is not known which gateway to talk to.{reason if wish.project_gateway else ''}",
            hint=f"Add --gateway {address}, or set ANNEX_GATEWAY.",
        )
    over = f", which overrides profile {overridden.name}" if overridden else ""
    return Credential(token, f"{source}{over}", gateway_url, tenant_id_of(wish.tenant, dev))


def _overridden(wish: CredentialWish, environment: Mapping[str, str]) -> Profile | None:
    """Name the login that a key of the environment keeps from being used; one that is broken is none."""
    try:
        return find_profile(wish, environment)
    except (CredentialUnreadable, ProfileNotFound, InvalidUsage):
        return None


def find_dev_platform(environment: Mapping[str, str], folder: Path) -> tuple[Path, DevPlatform] | None:
    """Look in ANNEX_HOME, then in ``folder`` and every folder above it.

    A file of another user is passed over: it could name a gateway that collects what is published.
    """
    home = environment.get("ANNEX_HOME")
    candidates = [Path(home) / DEV_FILE.name] if home else []
    candidates += [place / DEV_FILE for place in (folder, *folder.parents)]
    for path in candidates:
        try:
            if path.stat().st_uid == os.geteuid():
                return path, DevPlatform.model_validate_json(_read(path, _MAX_DEV_FILE_BYTES))
        except OSError:
            continue
        except ValidationError:
            raise CredentialUnreadable(
                f"{path} is not what a running platform writes.", hint="Start `make run` again, or remove it."
            ) from None
    return None


def find_log_vkey(gateway_url: str | None, *, environment: Mapping[str, str], folder: Path) -> str | None:
    """Return the key of the development platform's log; a key of one platform says nothing of another."""
    found = find_dev_platform(environment, folder)
    return found[1].log_vkey if found and _is_same(gateway_url, found[1].gateway_url) else None


def _named_token(wish: CredentialWish, environment: Mapping[str, str]) -> tuple[str, str] | None:
    if wish.token_file is not None:
        try:
            text = _read(wish.token_file, _MAX_TOKEN_BYTES).decode("ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not ASCII text"
            raise CredentialUnreadable(
                f"The token file {wish.token_file} cannot be used: {reason}."
            ) from None
        return checked_key(
            text, f"the token file {wish.token_file}"
        ), f"from the token file {wish.token_file}"
    if TOKEN in environment:
        source = f"from {TOKEN} in the environment"
        return checked_key(environment[TOKEN], f"{TOKEN} in the environment"), source
    return None


def checked_key(text: str, place: str) -> str:
    """Take a key out of a text. Raises CredentialUnreadable, which never shows the text."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialUnreadable(f"There is no usable key in {place}: it must be one line without spaces.")
    return token


def tenant_id_of(tenant: str | None, dev: DevPlatform | None = None) -> str | None:
    """Turn --tenant into an id; ``dev`` is the slug of the development tenant."""
    if tenant is None:
        return None
    if tenant == "dev" and dev is not None:
        return dev.tenant_id
    try:
        return str(parse_uuid(tenant, field="--tenant"))
    except InvalidId as error:
        raise InvalidUsage(error.message) from None


def _is_same(asked: str | None, own: str) -> bool:
    return asked is None or asked.rstrip("/") == own.rstrip("/")


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)
