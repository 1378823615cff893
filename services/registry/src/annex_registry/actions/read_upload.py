"""Read an upload: how far it is, or what became of it."""

from annex_registry.actions.settled_outcome import upload_not_found
from annex_registry.domain.authority import require
from annex_registry.domain.ports import Records
from annex_registry.domain.upload import UploadAttempt, Uploader
from annex_shared.ids import UploadId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


async def read_upload(upload_id: UploadId, *, caller: Caller, records: Records) -> UploadAttempt:
    """Return the caller's own upload. Raises UploadNotFound for everybody else's."""
    require(caller, Permission.EXTENSION_PUBLISH)
    async with records.work() as work:
        attempt = await work.uploads.find(upload_id, Uploader(caller.principal, caller.tenant_id))
    if attempt is None:
        raise upload_not_found()
    return attempt
