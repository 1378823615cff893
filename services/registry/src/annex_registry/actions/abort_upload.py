"""Abort: give up an open upload; doing it twice, or too late, changes nothing."""

from annex_registry.actions.discard_upload import discard_upload
from annex_registry.domain.authority import require
from annex_registry.domain.ports import BundleStore, Records
from annex_registry.domain.upload import Uploader, UploadState
from annex_shared.clock import Clock
from annex_shared.ids import UploadId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def abort_upload(
    upload_id: UploadId, *, caller: Caller, records: Records, bundles: BundleStore, clock: Clock
) -> bool:
    """Tell whether an open upload of the caller was given up by this request."""
    require(caller, Permission.EXTENSION_PUBLISH)
    uploader = Uploader(caller.principal, caller.tenant_id)
    async with records.work() as work:
        attempt = await work.uploads.find(upload_id, uploader, for_change=True)
        if attempt is None or not attempt.is_open:
            return False
        await work.uploads.close(upload_id, UploadState.ABORTED, None)
    await discard_upload(upload_id, records=records, bundles=bundles, clock=clock)
    return True
