"""`X-Execute-Compat: alga`: the predecessor's answers, 200 with an ``error`` text once a call is taken on.

What is wrong with the request as such (no token, no JSON, too large) keeps its real status, as it did there.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.domain import errors
from annex_runner_proxy.domain.errors import CallerRefused, RunnerError
from annex_runner_proxy.domain.narrowing import NOTHING_TAKEN, Narrowing
from annex_shared.clock import Clock
from annex_shared.contracts.execute import ExecuteRequest, ExecuteResponse, ExecuteSecretEnvelope
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER
from annex_shared.display_text import shown
from annex_shared.host_patterns import HostPattern, usable_host_patterns
from annex_shared.http.problems import INTERNAL, problem_of
from annex_shared.http.request_id import PROBLEM_CODE
from annex_shared.manifest.capabilities import (
    DEFAULT_CAPABILITIES,
    KNOWN_CAPABILITIES,
    PREFIX,
)

TENANT_HEADER, EXTENSION_HEADER = "x-alga-tenant", "x-alga-extension"
_INLINE: Final = "inline/base64"
_SHOWN: Final = 500
_MAX_LISTED: Final = 20
# The bundle could not be had, or must not be loaded; the guest never began.
_FETCHING: Final = (
    errors.BundleNotFound,
    errors.BundleUnreadable,
    errors.IntegrityMismatch,
    errors.RegistryUnavailable,
    errors.VersionNotProven,
    errors.VersionProofPending,
    errors.VersionWarming,
    errors.VersionWithoutHandler,
)
_ENGINE: Final = (errors.WorkerFault, errors.RunnerUnavailable)


class PredecessorsRefusal(Exception):
    """A refusal that only the predecessor's clients know, with its status and text."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


def answered_as_predecessor(handler: Handler) -> Handler:
    """Turn every named end of an execution into the predecessor's 200."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except PredecessorsRefusal as refusal:
            return failed(refusal.status, refusal.error)
        except CallerRefused:
            raise
        except RunnerError as error:
            problem = problem_of(error, PROBLEMS) or INTERNAL
            request[PROBLEM_CODE] = problem.code
            status, text = text_of(error, problem.code)
            return failed(status, text, code=problem.code)

    return answer


def text_of(error: RunnerError, code: str) -> tuple[int, str]:
    """Give status and ``error`` of the contract; our code stands first in the free part."""
    told = f"{code}: {shown(error.message, limit=_SHOWN)}"
    if isinstance(error, _FETCHING):
        return 502, f"bundle_fetch_failed: {told}"
    if isinstance(error, _ENGINE):
        return 500, f"engine_init_failed: {told}"
    return 500, f"execute_failed: {told}"


def failed(status: int, error: str, *, code: str | None = None) -> web.Response:
    """Answer 200 with an ``error``; the mark in the HTTP headers is one that no guest can set."""
    document = ExecuteResponse(status=status, error=error)
    mark = {} if code is None else {PLATFORM_PROBLEM_HEADER: code}
    return compatible_response(document, headers=mark)


def compatible_response(document: ExecuteResponse, *, headers: Mapping[str, str]) -> web.Response:
    """Send the four members the predecessor has, and nothing it would have to ignore."""
    shape = document.model_dump(include={"status", "headers", "body_b64", "error"}, exclude_none=True)
    return web.Response(
        body=json.dumps(shape).encode(),
        headers={"content-type": "application/json", "cache-control": "no-store", **headers},
    )


def require_routing_headers(headers: Mapping[str, str], document: ExecuteRequest) -> None:
    """Raise PredecessorsRefusal without them, CallerRefused if they name another tenant than the body."""
    tenant, extension = headers.get(TENANT_HEADER, "").strip(), headers.get(EXTENSION_HEADER, "").strip()
    if not tenant or not extension:
        raise PredecessorsRefusal(400, "missing_routing_headers")
    if tenant.lower() != document.context.tenant_id.lower():
        raise CallerRefused(f"{TENANT_HEADER} names another tenant than the request.")


def refuse_unknown_capabilities(document: ExecuteRequest) -> frozenset[str]:
    """Return the capabilities named. Raises PredecessorsRefusal for names nobody knows."""
    named = [one.strip().lower() for one in document.providers or ()]
    prefixed = {name: name if name.startswith(PREFIX) else PREFIX + name for name in named if name}
    unknown = [name for name, capability in prefixed.items() if capability not in KNOWN_CAPABILITIES]
    if unknown:
        listed = ", ".join(shown(name, limit=80) for name in unknown[:_MAX_LISTED])
        raise PredecessorsRefusal(400, f"unknown_capabilities: {listed}")
    return frozenset(prefixed.values())


def narrowing_of(document: ExecuteRequest, *, capabilities: frozenset[str], clock: Clock) -> Narrowing:
    """Read what the predecessor's gateway says of the install; an absent member takes nothing away."""
    context = document.context
    envelope = document.secret_envelope
    return Narrowing(
        capabilities=None if document.providers is None else capabilities | DEFAULT_CAPABILITIES,
        config_keys=frozenset(context.config) if "config" in context.model_fields_set else None,
        egress=egress_of(document),
        secret_names=NOTHING_TAKEN.secret_names if envelope is None else names_in(envelope, clock=clock),
    )


def egress_of(document: ExecuteRequest) -> tuple[HostPattern, ...] | None:
    """Read the hosts a call may reach; what is no pattern allows nothing."""
    return None if document.egress_hosts is None else usable_host_patterns(document.egress_hosts)


def names_in(envelope: ExecuteSecretEnvelope, *, clock: Clock) -> frozenset[str] | None:
    """Return the names an inline envelope holds; one sealed by Vault is not opened and names nothing.

    Raises PredecessorsRefusal for one that is expired or cannot be read.
    """
    if envelope.expires_at is not None and not _is_later(envelope.expires_at, clock.now()):
        raise _not_decrypted()
    try:
        opened = base64.b64decode(envelope.ciphertext_b64, validate=envelope.algorithm in (None, _INLINE))
        if envelope.algorithm not in (None, _INLINE):
            return None
        values = json.loads(opened)
    except (binascii.Error, ValueError):
        raise _not_decrypted() from None
    if not isinstance(values, dict):
        raise _not_decrypted()
    return frozenset(values)


def _is_later(text: str, now: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment > now


def _not_decrypted() -> PredecessorsRefusal:
    return PredecessorsRefusal(500, "secret_decrypt_failed")
