"""The door of the transparency log: what it does not prove is not loaded, unless settings say otherwise."""

import asyncio
from collections.abc import Iterable
from functools import lru_cache

from annex_runner_proxy.domain.errors import RunnerError, VersionNotProven, VersionProofPending
from annex_runner_proxy.domain.installs import Install
from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber
from annex_shared.version_proofs import Doubt, LoadedVersion, LogVerify, VersionProofs

_RETRY_AFTER_SECONDS = 2
_MAX_READ = 10_000


async def require_proof(install: Install, *, proofs: VersionProofs, wait_seconds: float) -> None:
    """Pass what may be run. Raises VersionNotProven, VersionProofPending, RegistryUnavailable.

    After the first time for a version this asks nobody.
    """
    if proofs.mode is LogVerify.OFF:
        return
    loaded = _loaded(install.extension, install.version, install.content_hash)
    try:
        async with asyncio.timeout(wait_seconds):
            doubt = await proofs.doubt(loaded)
    except TimeoutError:
        doubt = Doubt(f"The proof of {loaded} is being waited for. Try again shortly.", is_pending=True)
    if doubt is not None:
        raise _refusal(doubt)


async def require_proof_of_bundle(
    content_hash: ContentHash, versions: Iterable[LoadedVersion], *, proofs: VersionProofs
) -> None:
    """Pass a bundle that is made ready before anybody calls it: one of its versions must be proven.

    Which version a call is of is asked when it comes. Raises what ``require_proof`` does.
    """
    doubt: Doubt | None = Doubt(
        f"No published version has the bundle {content_hash.short}. It is not loaded.",
        details={"reason": "not_published"},
    )
    for loaded in versions:
        doubt = await proofs.doubt(loaded)
        if doubt is None:
            return
    if doubt is not None and proofs.mode is LogVerify.REQUIRE:
        raise _refusal(doubt)


@lru_cache(maxsize=_MAX_READ)
def _loaded(extension: str, version: str, content_hash: ContentHash) -> LoadedVersion:
    """Read the names once; every call of an install asks for the same."""
    try:
        return LoadedVersion(ExtensionRef.parse(extension), VersionNumber.parse(version), content_hash)
    except AnnexError:
        raise VersionNotProven(
            f"{extension} {version} cannot stand in the transparency log. It is not loaded."
        ) from None


def _refusal(doubt: Doubt) -> RunnerError:
    if doubt.is_pending:
        return VersionProofPending(
            doubt.message, details=doubt.details, retry_after_seconds=_RETRY_AFTER_SECONDS
        )
    return VersionNotProven(doubt.message, details=doubt.details)
