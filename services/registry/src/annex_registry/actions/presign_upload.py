"""Presign: give the uploader an address of the store itself, for the announced bytes and a short time."""

from dataclasses import dataclass
from datetime import datetime

from annex_registry.actions.append_chunk import receiving
from annex_registry.domain.authority import require
from annex_registry.domain.errors import PresignUnavailable
from annex_registry.domain.ports import BundleStore, PresignedPut, Records
from annex_registry.domain.publish_policy import PublishPolicy
from annex_registry.domain.upload import Uploader
from annex_shared.clock import Clock
from annex_shared.ids import UploadId
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller


@dataclass(frozen=True, slots=True)
class Presigned:
    """What to send to the store, and until when."""

    put: PresignedPut
    expires_at: datetime


async def presign_upload(
    upload_id: UploadId,
    *,
    caller: Caller,
    records: Records,
    bundles: BundleStore,
    policy: PublishPolicy,
    clock: Clock,
) -> Presigned:
    """Presign the PUT of an open upload; its bytes are read and judged at finalize like any other."""
    require(caller, Permission.EXTENSION_PUBLISH)
    uploader = Uploader(caller.principal, caller.tenant_id)
    async with records.work() as work:
        attempt = receiving(await work.uploads.find(upload_id, uploader, for_change=True), clock)
        expires_at = clock.now() + policy.presigned_for
        put = await bundles.presign(
            upload_id,
            attempt.bundle.content_hash,
            size_bytes=attempt.bundle.size_bytes,
            seconds=int(policy.presigned_for.total_seconds()),
        )
        if put is None:
            raise PresignUnavailable(
                "The bundle store of this registry cannot be written to directly. Send the bundle in chunks."
            )
        # Recorded before the address is out: the sweeper comes back for what may be written through it.
        await work.uploads.presigned(upload_id, until=expires_at)
    return Presigned(put, expires_at)
