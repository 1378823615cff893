"""A small server of Vault's transit engine for tests: its routes, refusals and real AES-GCM, nothing else.

Written after the engine's HTTP API (encrypt, decrypt, rewrap, keys; derived keys; versions). It is not Vault:
what only a Vault can show, such as its policies and storage, is not tested with it.
"""

import base64
import binascii
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN = "hvs.test-token"
_NONCE = 12


@dataclass(slots=True)
class TransitServer:
    """Its state is public; ``faults`` are the statuses of the next answers, ``requests`` what was asked."""

    url: str = ""
    key: str = "annex-secrets"
    is_derived: bool = True
    namespace: str | None = None
    token: str = TOKEN
    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    faults: list[int] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        self.versions.append(os.urandom(32))

    def forget_versions_before(self, version: int) -> None:
        """Do what min_decryption_version does to older ciphertexts."""
        self.versions[: version - 1] = [b""] * (version - 1)

    async def answer(self, request: web.Request) -> web.Response:
        operation = request.match_info["operation"]
        self.requests.append(operation)
        if self.faults:
            return _errors(self.faults.pop(0), "a fault of the test's")
        is_ours = request.headers.get("X-Vault-Token") == self.token
        if not is_ours or request.headers.get("X-Vault-Namespace") != self.namespace:
            return _errors(403, "permission denied")
        if request.match_info["key"] != self.key:
            return _errors(404)
        if operation == "keys":
            return _data(latest_version=len(self.versions), derived=self.is_derived, type="aes256-gcm96")
        return self._sealing(operation, await request.json())

    def _sealing(self, operation: str, body: dict[str, Any]) -> web.Response:
        try:
            context = base64.b64decode(body.get("context", ""), validate=True)
            if self.is_derived and not context:
                return _errors(
                    400, "missing 'context' for key derivation; the key was created using a derived key"
                )
            match operation:
                case "encrypt":
                    plaintext = base64.b64decode(body["plaintext"], validate=True)
                    return _data(ciphertext=self._encrypted(plaintext, context))
                case "decrypt":
                    plaintext = self._decrypted(body["ciphertext"], context)
                    return _data(plaintext=base64.b64encode(plaintext).decode())
                case _:
                    return _data(
                        ciphertext=self._encrypted(self._decrypted(body["ciphertext"], context), context)
                    )
        except InvalidTag:
            return _errors(400, "cipher: message authentication failed")
        except (binascii.Error, ValueError, KeyError):
            return _errors(400, "invalid ciphertext: could not decode")

    def _encrypted(self, plaintext: bytes, context: bytes) -> str:
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self._key(len(self.versions), context)).encrypt(nonce, plaintext, None)
        return f"vault:v{len(self.versions)}:{base64.b64encode(nonce + sealed).decode()}"

    def _decrypted(self, ciphertext: str, context: bytes) -> bytes:
        prefix, version, text = ciphertext.split(":")
        if prefix != "vault" or not 1 <= int(version[1:]) <= len(self.versions):
            raise ValueError(ciphertext)
        sealed = base64.b64decode(text, validate=True)
        return AESGCM(self._key(int(version[1:]), context)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)

    def _key(self, version: int, context: bytes) -> bytes:
        key = self.versions[version - 1]
        if not key:
            raise ValueError(version)
        # A key that is not derived ignores the context, as Vault's does.
        return HKDF(SHA256(), 32, None, context).derive(key) if self.is_derived else key


@asynccontextmanager
async def transit_server() -> AsyncIterator[TransitServer]:
    """Serve on a free port of this machine."""
    server = TransitServer()
    app = web.Application()
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] = server.answer
    app.router.add_route("*", "/v1/transit/{operation:encrypt|decrypt|rewrap|keys}/{key}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def _data(**fields: Any) -> web.Response:
    return web.json_response({"request_id": "test", "lease_id": "", "data": fields})


def _errors(status: int, *errors: str) -> web.Response:
    return web.json_response({"errors": list(errors)}, status=status)
