"""Logins by name: what is known of each in one file without secrets, its key in the place that it names."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from annex_cli.durable_file import replace_durably
from annex_cli.errors import CredentialUnreadable, FileNotUsable, InvalidUsage, KeyringUnavailable
from annex_cli.setting_files import config_folder

DEFAULT: Final = "default"
# Not a login: the nearest platform that `make run` started.
DEVELOPMENT: Final = "dev"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_FILE: Final = "profiles.json"
_KEYRING_SERVICE: Final = "annex"
_MAX_KEY_BYTES: Final = 4096
_MAX_FILE_BYTES: Final = 256 * 1024
_OTHERS: Final = 0o077


class Place(StrEnum):
    """Where the key of a login is kept."""

    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Profile:
    """A login without its key; the key is for ``gateway_url`` and is sent nowhere else."""

    name: str
    gateway_url: str
    tenant_id: str | None
    place: Place
    principal: str | None = None
    # Its key was made for this machine alone.
    is_device: bool = False


class KeyStore(Protocol):
    """Keeps one key for each profile. Every method raises KeyringUnavailable or FileNotUsable."""

    def keep(self, profile: str, key: str) -> None: ...

    def find(self, profile: str) -> str | None: ...

    def forget(self, profile: str) -> None: ...


class KeyringStore:
    """The system's own keyring; imported when it is used, and never a stand-in that writes plain files."""

    def keep(self, profile: str, key: str) -> None:
        import keyring  # noqa: PLC0415 - few runs need it

        self._require()
        try:
            keyring.set_password(_KEYRING_SERVICE, profile, key)
        except keyring.errors.KeyringError as error:
            raise KeyringUnavailable.because(str(error)) from None

    def find(self, profile: str) -> str | None:
        import keyring  # noqa: PLC0415 - few runs need it

        self._require()
        try:
            return keyring.get_password(_KEYRING_SERVICE, profile)
        except keyring.errors.KeyringError as error:
            raise KeyringUnavailable.because(str(error)) from None

    def forget(self, profile: str) -> None:
        import keyring  # noqa: PLC0415 - few runs need it

        self._require()
        try:
            keyring.delete_password(_KEYRING_SERVICE, profile)
        except keyring.errors.PasswordDeleteError:
            return
        except keyring.errors.KeyringError as error:
            raise KeyringUnavailable.because(str(error)) from None

    def _require(self) -> None:
        reason = keyring_problem()
        if reason is not None:
            raise KeyringUnavailable.because(reason)


@dataclass(frozen=True, slots=True)
class FileStore:
    """One file for each key, for its owner only: what `--insecure-storage` asks for."""

    folder: Path

    def path(self, profile: str) -> Path:
        return self.folder / f"{profile}.key"

    def keep(self, profile: str, key: str) -> None:
        try:
            replace_durably(self.path(profile), key.encode("ascii") + b"\n")
        except OSError as error:
            raise FileNotUsable(f"{self.path(profile)} cannot be written: {error.strerror}.") from None

    def find(self, profile: str) -> str | None:
        path = self.path(profile)
        try:
            with path.open("rb") as file:
                state = os.fstat(file.fileno())
                if state.st_uid != os.geteuid() or state.st_mode & _OTHERS:
                    raise CredentialUnreadable(
                        f"The key in {path} may have been read by others: its permissions are not 0600.",
                        hint="annex doctor --fix --only auth",
                    )
                return file.read(_MAX_KEY_BYTES).decode("ascii").strip() or None
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise CredentialUnreadable(f"The key in {path} cannot be read.", hint="annex login") from None

    def forget(self, profile: str) -> None:
        try:
            self.path(profile).unlink(missing_ok=True)
        except OSError as error:
            raise FileNotUsable(f"{self.path(profile)} cannot be removed: {error.strerror}.") from None


@dataclass(frozen=True, slots=True)
class Profiles:
    """The logins of one person on one machine."""

    folder: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Profiles":
        return cls(config_folder(environment))

    def all(self) -> dict[str, Profile]:
        """Read every login. Raises CredentialUnreadable."""
        path = self.folder / _FILE
        try:
            with path.open("rb") as file:
                document = json.loads(file.read(_MAX_FILE_BYTES))
            return {name: _profile(name, facts) for name, facts in document["profiles"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise CredentialUnreadable(
                f"{path} is not what annex writes.", hint="Remove it and run annex login."
            ) from None

    def keep(self, profile: Profile, key: str) -> None:
        """Keep the key first: a login that is listed has one."""
        known = self.all()
        self.store(profile.place).keep(profile.name, key)
        former = known.get(profile.name)
        self._write({**known, profile.name: profile})
        if former is not None and former.place is not profile.place:
            self.store(former.place).forget(profile.name)

    def forget(self, profile: Profile) -> None:
        self.store(profile.place).forget(profile.name)
        self._write({name: one for name, one in self.all().items() if name != profile.name})

    def key_of(self, profile: Profile) -> str:
        key = self.store(profile.place).find(profile.name)
        if key is None:
            raise CredentialUnreadable(
                f"The key of profile {profile.name} is not in the {profile.place} any more.",
                hint=f"annex login --profile {profile.name}",
            )
        return key

    def store(self, place: Place) -> KeyStore:
        return KeyringStore() if place is Place.KEYRING else self.files

    @property
    def files(self) -> FileStore:
        return FileStore(self.folder / "keys")

    def _write(self, profiles: Mapping[str, Profile]) -> None:
        document = {
            "profiles": {
                name: {key: value for key, value in asdict(one).items() if key != "name"}
                for name, one in sorted(profiles.items())
            }
        }
        try:
            replace_durably(self.folder / _FILE, json.dumps(document, indent=2).encode() + b"\n")
        except OSError as error:
            raise FileNotUsable(f"{self.folder / _FILE} cannot be written: {error.strerror}.") from None


def checked_name(name: str) -> str:
    """Raise InvalidUsage for what cannot name a login."""
    if not _NAME.fullmatch(name) or name == DEVELOPMENT:
        raise InvalidUsage(
            f'"{name}" cannot name a login. Use a-z, 0-9, dot, - and _'
            + ('; "dev" is the platform of `make run`.' if name == DEVELOPMENT else ".")
        )
    return name


def keyring_problem() -> str | None:
    """Say why no keyring can be used, or None. A backend of no strength is none."""
    import keyring  # noqa: PLC0415 - few runs need it

    try:
        backend = keyring.get_keyring()
        strength = float(backend.priority)
    except Exception as error:  # noqa: BLE001 - what a foreign keyring raises is its own affair; it is not usable
        return f"it cannot be opened ({type(error).__name__})"
    return None if strength > 0 else "there is none on this machine"


def _profile(name: str, facts: Mapping[str, Any]) -> Profile:
    gateway_url, place = facts["gateway_url"], facts["place"]
    if not isinstance(gateway_url, str) or not isinstance(place, str):
        raise TypeError(name)
    return Profile(
        name,
        gateway_url,
        facts.get("tenant_id"),
        Place(place),
        facts.get("principal"),
        is_device=facts.get("is_device") is True,
    )
