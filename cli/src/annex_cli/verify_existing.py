"""Whether a version that stands in the registry is also the one that the log holds, before it is skipped."""

from dataclasses import dataclass

from annex_cli.claims import Claim
from annex_cli.log_consistency import check_consistency
from annex_cli.log_reader import LogReader
from annex_cli.log_trust import LogTrust
from annex_cli.platform_client import PlatformClient
from annex_cli.verifying import Held, check_publication
from annex_shared.contracts.versions import VersionRow
from annex_shared.names import ExtensionRef
from annex_shared.version_number import VersionNumber


@dataclass(frozen=True, slots=True)
class ExistingVersion:
    """The claims about it, and its entry in the log if that is proven."""

    claims: tuple[Claim, ...]
    log_index: int | None


async def check_existing(
    client: PlatformClient, extension: str, row: VersionRow, trust: LogTrust
) -> ExistingVersion:
    """Verify the version's inclusion, and that the log is the one seen here before and by its witnesses.

    Raises PlatformRefused, PlatformUnreachable and LogPartMissing where the log cannot be read.
    """
    ref = ExtensionRef.parse(extension)
    held = Held(
        ref.publisher,
        ref.name,
        VersionNumber.parse(row.version),
        row.content_hash,
        row.size_bytes,
        is_here=True,
    )
    proof = await client.proof(extension, row.version)
    publication = check_publication(held, proof, trust.memory.policy)
    consistency = await check_consistency(
        trust.memory, LogReader(client), publication.checkpoint, subject=held.subject
    )
    trees = [tree for tree in (publication.checkpoint, consistency.newest) if tree is not None]
    witnessed = trust.check_witnesses(trees, subject=held.subject)
    return ExistingVersion(
        (*publication.claims, consistency.claim, *witnessed),
        publication.verified.index if publication.verified else None,
    )
