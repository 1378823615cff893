"""A keyring for tests: what it is told stands in a file that a variable names, one secret a line."""

import json
import os
from pathlib import Path
from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

PLACE = "TOLD_KEYRING"


class ToldKeyring(KeyringBackend):
    """Chosen by PYTHON_KEYRING_BACKEND=support.told_keyring.ToldKeyring; a place called "locked" is."""

    priority: ClassVar[float] = 1

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._all(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        known = self._all()
        if known.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError(username)
        self._write(known)

    @property
    def _path(self) -> Path:
        path = Path(os.environ[PLACE])
        if path.name == "locked":
            raise KeyringLocked("it is locked")
        return path

    def _all(self) -> dict[str, str]:
        path = self._path
        return dict(json.loads(path.read_text())) if path.exists() else {}

    def _write(self, known: dict[str, str]) -> None:
        self._path.write_text(json.dumps(known))
