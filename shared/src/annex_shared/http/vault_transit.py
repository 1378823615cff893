"""Seal secrets with the transit engine of a Vault: the key never leaves it, and no value is kept here."""

import asyncio
import base64
import binascii
import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from aiohttp import ClientSession, ClientTimeout

from annex_shared.http.client import client_session
from annex_shared.secret_envelope import (
    VAULT_TRANSIT,
    SealedSecrets,
    SecretsCorrupt,
    SecretStoreUnavailable,
    SecretsUnavailable,
)
from annex_shared.secret_sealing import SealedPlace
from annex_shared.settings import InvalidSettings

_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/=]+")
_OK, _BAD_REQUEST, _NOT_FOUND, _TOO_MANY = 200, 400, 404, 429
_FIRST_FAULT: Final = 500
_MAX_ANSWER_BYTES: Final = 1 << 20
_ATTEMPTS: Final = 3
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class VaultAddress:
    """Where the transit key is. The token is read for every request, because an agent renews its file."""

    url: str
    token_file: Path
    key: str
    mount: str = "transit"
    namespace: str | None = None
    timeout_seconds: float = 5
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")):
            raise InvalidSettings(f'VAULT_ADDR "{self.url}" is not an address. Write https://host:8200.')


@dataclass(frozen=True, slots=True)
class VaultTransit:
    """Meets ``SecretSealer`` over HTTP. Requests are repeated: sealing changes nothing in Vault."""

    session: ClientSession
    address: VaultAddress
    tls: ssl.SSLContext | bool = True
    algorithm: str = VAULT_TRANSIT

    async def seal(self, name: str, value: str, *, place: SealedPlace) -> SealedSecrets:
        # The place is sealed beside the value: a key that is not derived ignores the context.
        plaintext = json.dumps({"place": _place(name, place), "value": value}).encode()
        data = await self._ask("encrypt", {"plaintext": _base64(plaintext), "context": _context(name, place)})
        return self._sealed(name, data)

    async def open(self, sealed: SealedSecrets, *, place: SealedPlace) -> Mapping[str, str]:
        name = self._name_of(sealed)
        data = await self._ask(
            "decrypt", {"ciphertext": sealed.ciphertext_b64, "context": _context(name, place)}
        )
        try:
            document = json.loads(base64.b64decode(data["plaintext"], validate=True))
            if document["place"] == _place(name, place):
                return {name: str(document["value"])}
        except (KeyError, TypeError, ValueError, binascii.Error):
            pass
        raise _corrupt(place)

    async def is_current(self, sealed: SealedSecrets) -> bool:
        data = await self._ask("keys", None)
        return sealed.key_id == f"{self._key_path}:v{data.get('latest_version')}"

    async def rewrap(self, sealed: SealedSecrets, *, place: SealedPlace) -> SealedSecrets:
        name = self._name_of(sealed)
        data = await self._ask(
            "rewrap", {"ciphertext": sealed.ciphertext_b64, "context": _context(name, place)}
        )
        return self._sealed(name, data)

    async def ping(self) -> str:
        """Ask for the key's facts, to learn whether Vault is open to us. Raises SecretStoreUnavailable."""
        await self._ask("keys", None)
        return "open"

    @property
    def _key_path(self) -> str:
        return f"{self.address.mount}/{self.address.key}"

    def _sealed(self, name: str, data: Mapping[str, Any]) -> SealedSecrets:
        ciphertext = data.get("ciphertext")
        version = _CIPHERTEXT.fullmatch(ciphertext) if isinstance(ciphertext, str) else None
        if version is None:
            raise _unavailable("answered without a ciphertext")
        key_id = f"{self._key_path}:v{version[1]}"
        return SealedSecrets(key_id, (name,), "", version[0], algorithm=VAULT_TRANSIT)

    def _name_of(self, sealed: SealedSecrets) -> str:
        if sealed.key_id.rpartition(":")[0] != self._key_path:
            raise SecretsUnavailable(
                f"This secret is sealed with Vault's {sealed.key_id}, and {self._key_path} is configured.",
                details={"key_id": sealed.key_id},
            )
        (name,) = sealed.names
        return name

    async def _ask(self, operation: str, body: Mapping[str, str] | None) -> dict[str, Any]:
        """Ask the transit engine. Raises SecretStoreUnavailable, SecretsUnavailable, SecretsCorrupt."""
        address = self.address
        path = f"/v1/{quote(address.mount)}/{operation}/{quote(address.key, safe='')}"
        for attempt in range(1, _ATTEMPTS + 1):
            is_last = attempt == _ATTEMPTS
            try:
                status, document = await self._send(path, body)
            except (TimeoutError, aiohttp.ClientError, ConnectionError, OSError) as error:
                if is_last or isinstance(error, TimeoutError):
                    raise _unavailable("did not answer in time or cannot be reached") from error
            else:
                if (status != _TOO_MANY and status < _FIRST_FAULT) or is_last:
                    return self._data(status, document)
            await asyncio.sleep(_PAUSE_SECONDS * attempt)
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _send(self, path: str, body: Mapping[str, str] | None) -> tuple[int, Any]:
        address = self.address
        headers = {"X-Vault-Token": self._token(), "X-Vault-Request": "true"}
        if address.namespace:
            headers["X-Vault-Namespace"] = address.namespace
        async with self.session.request(
            "GET" if body is None else "POST",
            address.url.rstrip("/") + path,
            json=None if body is None else dict(body),
            headers=headers,
            timeout=ClientTimeout(total=address.timeout_seconds),
            allow_redirects=False,
            ssl=self.tls,
        ) as answer:
            content = await answer.content.read(_MAX_ANSWER_BYTES)
        try:
            return answer.status, json.loads(content)
        except ValueError:
            return answer.status, None

    def _token(self) -> str:
        try:
            token = self.address.token_file.read_text().strip()
        except (OSError, UnicodeDecodeError):
            token = ""
        if not token or not token.isprintable():
            raise _unavailable("cannot be asked: VAULT_TOKEN_FILE holds no token")
        return token

    def _data(self, status: int, document: Any) -> dict[str, Any]:
        match document:
            case {"data": dict(data)} if status == _OK:
                return data
            case {"errors": [*errors]} if status == _BAD_REQUEST and _says_corrupt(errors):
                raise SecretsCorrupt(
                    "A sealed secret was changed, or was sealed for another install. Nothing was opened. "
                    "Set the secret again."
                )
            case _ if status == _NOT_FOUND:
                raise SecretsUnavailable(
                    f"Vault has no transit key {self._key_path}.", details={"key": self._key_path}
                )
        raise _unavailable(f"answered {status}")


@asynccontextmanager
async def vault_transit(address: VaultAddress) -> AsyncIterator[VaultTransit]:
    """Open a client with a session of its own. Raises InvalidSettings for a CA file that is none."""
    try:
        tls = ssl.create_default_context(cafile=address.ca_file) if address.ca_file else True
    except (OSError, ssl.SSLError):
        raise InvalidSettings("VAULT_CA_FILE is not a file of PEM certificates.") from None
    async with client_session(connections=20) as session:
        yield VaultTransit(session, address, tls)


def _says_corrupt(errors: list[Any]) -> bool:
    """Tell Vault's refusal of a ciphertext from its other refusals of a request."""
    text = " ".join(str(error) for error in errors).lower()
    return any(words in text for words in ("authentication failed", "invalid ciphertext", "decrypt"))


def _place(name: str, place: SealedPlace) -> list[str]:
    return [str(place[0]), str(place[1]), name]


def _context(name: str, place: SealedPlace) -> str:
    """Name the place to Vault, which derives from it the key of a derived key."""
    return _base64(json.dumps(_place(name, place), separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _corrupt(place: SealedPlace) -> SecretsCorrupt:
    return SecretsCorrupt(
        f"A sealed secret of install {place[1]} was changed, or was sealed for another install. Nothing was "
        "opened. Set the secret again.",
        details={"install_id": str(place[1])},
    )


def _unavailable(reason: str) -> SecretStoreUnavailable:
    return SecretStoreUnavailable(
        f"Vault {reason}. Nothing was changed; send the same request again.", retry_after_seconds=2
    )
