"""The witnesses of a policy file, ready to be asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from annex_registry.adapters.http_witness import HttpWitness
from annex_shared.http.client import client_session
from annex_shared.settings import InvalidSettings
from annex_shared.transparency import LogPolicy, NoteVerifier, parse_policy
from annex_shared.transparency.errors import TransparencyError

_SCHEMES = ("https://", "http://")


def read_policy(text: bytes, log: NoteVerifier) -> LogPolicy:
    """Read a policy for this log. Raises InvalidSettings for one whose quorum could never be met here."""
    try:
        policy = parse_policy(text)
    except TransparencyError as error:
        raise InvalidSettings(f"LOG_POLICY_FILE: {error.message}") from None
    if log not in [each.verifier for each in policy.logs]:
        raise InvalidSettings(f"LOG_POLICY_FILE does not list the key of this log, {log.vkey}.")
    for witness in policy.witnesses:
        if witness.url is not None and not witness.url.startswith(_SCHEMES):
            raise InvalidSettings(f"LOG_POLICY_FILE: the URL of witness {witness.name} is not one of HTTP.")
    if not policy.is_met_by({witness.name for witness in policy.witnesses if witness.url is not None}):
        raise InvalidSettings(
            "LOG_POLICY_FILE asks for more cosignatures than there are witnesses with a URL: no checkpoint "
            "would ever be shown."
        )
    return policy


@asynccontextmanager
async def open_witnesses(
    policy: LogPolicy | None, *, timeout_seconds: float
) -> AsyncIterator[list[HttpWitness]]:
    """Open one session for the witnesses that have a URL; those without one are only known."""
    if policy is None:
        yield []
        return
    async with client_session() as session:
        yield [
            HttpWitness(witness.name, witness.verifier, witness.url, session, timeout_seconds)
            for witness in policy.witnesses
            if witness.url is not None
        ]
