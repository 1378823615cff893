"""Find who a command acts as, and say where that came from: a file named, the environment, a dev platform."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from annex_cli.errors import CredentialMissing, CredentialUnreadable, InvalidUsage
from annex_shared.ids import InvalidId, parse_uuid

TOKEN = "ANNEX_TOKEN"  # noqa: S105 - the name of a variable, not its value
DEV_FILE = Path(".annex") / "dev.json"
_MAX_TOKEN_BYTES = 4096
_MAX_DEV_FILE_BYTES = 64 * 1024
_HINT = "Name a key with --token-file or ANNEX_TOKEN, or run inside a folder of a running `make run`."


class Purpose(Enum):
    """What the command is about to do; it decides which development key is right."""

    ADMINISTER = "admin_api_key"
    USE = "api_key"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key, the gateway it is for and where it came from; the key is never shown."""

    token: str
    source: str
    gateway_url: str
    tenant_id: str | None
    is_development: bool = False

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


def find_credential(
    wish: CredentialWish, purpose: Purpose, *, environment: Mapping[str, str], folder: Path
) -> Credential:
    """Choose --token-file, then ANNEX_TOKEN, then the nearest development platform above ``folder``.

    A development key is sent to its own gateway only. Raises CredentialMissing, CredentialUnreadable and
    InvalidUsage.
    """
    found = find_dev_platform(environment, folder)
    dev = found[1] if found else None
    named = _named_token(wish, environment)
    if named is not None:
        token, source = named
        gateway_url = wish.gateway_url or (dev.gateway_url if dev else None)
        if gateway_url is None:
            raise InvalidUsage(
                "It is not known which gateway to talk to.",
                hint="Add --gateway URL, or set ANNEX_GATEWAY.",
            )
        return Credential(token, source, gateway_url, _tenant_id(wish.tenant, dev))
    if found is None or dev is None or not _is_same(wish.gateway_url, dev.gateway_url):
        elsewhere = f" for {wish.gateway_url}" if wish.gateway_url else ""
        raise CredentialMissing(f"There is no key to act with{elsewhere}.", hint=_HINT)
    return Credential(
        token=getattr(dev, purpose.value),
        source=f"the {purpose.value} in {found[0]}",
        gateway_url=dev.gateway_url,
        tenant_id=_tenant_id(wish.tenant, dev) or dev.tenant_id,
        is_development=True,
    )


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
        return _checked(text, f"the token file {wish.token_file}"), f"from the token file {wish.token_file}"
    if TOKEN in environment:
        source = f"from {TOKEN} in the environment"
        return _checked(environment[TOKEN], f"{TOKEN} in the environment"), source
    return None


def _checked(text: str, place: str) -> str:
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialUnreadable(f"There is no usable key in {place}: it must be one line without spaces.")
    return token


def _tenant_id(tenant: str | None, dev: DevPlatform | None) -> str | None:
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
