"""Remove the bytes of a finished upload now if possible; the sweeper does what is left."""

import structlog

from annex_registry.domain.errors import UnavailableError
from annex_registry.domain.ports import BundleStore, Records
from annex_shared.clock import Clock
from annex_shared.ids import UploadId

log = structlog.get_logger()


async def discard_upload(
    upload_id: UploadId, *, records: Records, bundles: BundleStore, clock: Clock
) -> None:
    """Remove staged bytes; never fails, because what was decided about the upload is already stored."""
    try:
        await bundles.discard(upload_id)
        async with records.work() as work:
            await work.uploads.object_removed(upload_id, now=clock.now())
    except UnavailableError as error:
        log.warning("staged_bundle_left", attempt=str(upload_id), reason=type(error).__name__)
