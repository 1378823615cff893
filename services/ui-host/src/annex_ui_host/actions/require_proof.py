"""The door of the transparency log: what it does not prove is not shown, unless settings say otherwise."""

from functools import lru_cache

from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber
from annex_shared.version_proofs import LoadedVersion, LogVerify, VersionProofs
from annex_ui_host.domain.errors import VersionNotProven, VersionProofPending
from annex_ui_host.domain.publications import Publication

_RETRY_AFTER_SECONDS = 2
_MAX_READ = 10_000


async def require_proof(publication: Publication, *, proofs: VersionProofs) -> None:
    """Pass what may be shown. Raises VersionNotProven, VersionProofPending, RegistryUnavailable.

    After the first time for a version this asks nobody.
    """
    if proofs.mode is LogVerify.OFF:
        return
    doubt = await proofs.doubt(_loaded(publication))
    if doubt is None:
        return
    if doubt.is_pending:
        raise VersionProofPending(
            doubt.message, details=doubt.details, retry_after_seconds=_RETRY_AFTER_SECONDS
        )
    raise VersionNotProven(doubt.message, details=doubt.details)


def is_surely_proven(publication: Publication, *, proofs: VersionProofs) -> bool:
    """Say at once that a version may be shown; False where it takes a look at the log's proof."""
    return proofs.mode is LogVerify.OFF or proofs.holds(_loaded(publication))


@lru_cache(maxsize=_MAX_READ)
def _loaded(publication: Publication) -> LoadedVersion:
    """Read the names once; every file of a version asks for the same."""
    try:
        ref, version = ExtensionRef.parse(publication.segment), VersionNumber.parse(publication.version)
    except AnnexError:
        raise VersionNotProven("The version cannot stand in the transparency log. It is not shown.") from None
    return LoadedVersion(ref, version, publication.content_hash)
