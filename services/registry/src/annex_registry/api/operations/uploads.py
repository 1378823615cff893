"""Uploads in chunks, and upload, finalize and abort as the predecessor's CLI sends them."""

from annex_registry.api.operations import facts
from annex_registry.api.operations.parameters import IDEMPOTENCY_KEY
from annex_registry.domain import errors
from annex_shared.bundle.errors import BundleTooLarge
from annex_shared.contracts.publish import (
    AbortReceipt,
    AbortUpload,
    FinalizeUpload,
    PublishReceipt,
    UploadReceipt,
)
from annex_shared.contracts.uploads import (
    FinalizeUploadSession,
    OpenUpload,
    PresignedUpload,
    Publication,
    UploadView,
)
from annex_shared.http.operations import Answer, Body, Operation, Operations, Parameter, Schema
from annex_shared.http.problems import InvalidRequest
from annex_shared.ids import InvalidId
from annex_shared.permissions import Permission

_ROOT = "/api/v1/uploads"
_UPLOAD = f"{_ROOT}/{{upload_id}}"
_PREDECESSOR = "/api/ext-bundles"
_PUBLISH = (Permission.EXTENSION_PUBLISH,)
_BYTES = "application/octet-stream"
_NUMBER: Schema = {"type": "integer", "minimum": 0}
_OFFSET = {"upload-offset": "How many bytes the upload holds."}
_PLACE = {**_OFFSET, "upload-length": "How many it will hold."}
_REPLAYED = {"idempotency-replayed": "`true` for an answer that was given before."}

UPLOAD_OPERATIONS: Operations = {
    f"POST {_ROOT}": Operation(
        id="open_upload",
        summary="Announce a bundle that will be sent in chunks",
        tag="uploads",
        description="With a version named, a number that is spent is refused before anything is sent.",
        permissions=_PUBLISH,
        body=Body(OpenUpload),
        answers=(
            Answer(201, "Send to its address.", UploadView, headers={"location": "The upload.", **_OFFSET}),
        ),
        refusals=(
            *facts.NAMED_EXTENSION,
            *facts.NAMED_VERSION,
            errors.VersionAlreadyExists,
            BundleTooLarge,
        ),
    ),
    f"GET {_UPLOAD}": Operation(
        id="get_upload",
        summary="Read an upload and what became of it, for 30 days",
        tag="uploads",
        permissions=_PUBLISH,
        answers=(Answer(200, "The upload.", UploadView, headers=_PLACE),),
        refusals=facts.FIND_UPLOAD,
    ),
    f"HEAD {_UPLOAD}": Operation(
        id="get_upload_offset",
        summary="Ask where to resume",
        tag="uploads",
        permissions=_PUBLISH,
        answers=(Answer(200, "The headers say it.", headers=_PLACE),),
        refusals=facts.FIND_UPLOAD,
    ),
    f"PATCH {_UPLOAD}": Operation(
        id="append_chunk",
        summary="Send the next chunk",
        tag="uploads",
        permissions=_PUBLISH,
        parameters=(
            Parameter(
                "upload-offset",
                "Where the chunk begins, which is where the upload ends.",
                "header",
                _NUMBER,
                is_required=True,
                refusals=(InvalidRequest,),
            ),
            Parameter(
                "content-digest",
                "`sha-256=:<base64>:` of the chunk (RFC 9530).",
                "header",
                refusals=(errors.InvalidContentDigest,),
            ),
        ),
        body=Body(media_type=_BYTES),
        answers=(Answer(204, "Stored whole.", headers=_OFFSET),),
        refusals=(
            *facts.OPEN_UPLOAD,
            *facts.DECLARED,
            *facts.STORE,
            errors.LengthRequired,
            errors.UploadOffsetMismatch,
            errors.UploadChunkRefused,
        ),
    ),
    f"DELETE {_UPLOAD}": Operation(
        id="abort_upload",
        summary="Give an upload up",
        tag="uploads",
        permissions=_PUBLISH,
        answers=(Answer(204, "It is not open, now or before."),),
        refusals=(InvalidId, *facts.STORE),
    ),
    f"POST {_UPLOAD}/finalize": Operation(
        id="finalize_upload",
        summary="Publish what was uploaded",
        tag="uploads",
        permissions=_PUBLISH,
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(FinalizeUploadSession, is_required=False),
        answers=(
            Answer(201, "Published.", Publication),
            Answer(200, "Published by this attempt before.", Publication, headers=_REPLAYED),
        ),
        refusals=(InvalidId, *facts.FINISH_UPLOAD, *facts.PUBLICATION),
    ),
    f"POST {_UPLOAD}/presign": Operation(
        id="presign_upload",
        summary="Get an address of the store to send the whole bundle to",
        tag="uploads",
        permissions=_PUBLISH,
        answers=(Answer(201, "Send exactly this request.", PresignedUpload),),
        refusals=(*facts.OPEN_UPLOAD, *facts.STORE, errors.PresignUnavailable),
    ),
}

PREDECESSOR_UPLOAD_OPERATIONS: Operations = {
    f"POST {_PREDECESSOR}/upload-proxy": Operation(
        id="upload_as_predecessor",
        summary="Upload an archive; it is judged as it comes",
        tag="compatibility",
        permissions=_PUBLISH,
        parameters=(
            Parameter("filename", "What the sender calls it."),
            Parameter("size", "How many bytes will come.", schema=_NUMBER, refusals=(InvalidRequest,)),
            Parameter("declaredHash", "The content hash, or its bare hex digits.", refusals=facts.NAMED_HASH),
        ),
        body=Body(media_type=_BYTES),
        answers=(Answer(200, "Staged; finalize it with the key.", UploadReceipt),),
        refusals=(*facts.ARCHIVE, *facts.DECLARED, *facts.STORE),
        is_predecessors=True,
    ),
    f"POST {_PREDECESSOR}/finalize": Operation(
        id="finalize_as_predecessor",
        summary="Publish what was uploaded",
        tag="compatibility",
        permissions=_PUBLISH,
        parameters=(IDEMPOTENCY_KEY,),
        body=Body(FinalizeUpload),
        answers=(
            Answer(200, "Published, now or by this attempt before.", PublishReceipt, headers=_REPLAYED),
        ),
        refusals=(
            errors.InvalidUploadKey,
            *facts.NAMED_HASH,
            *facts.FINISH_UPLOAD,
            *facts.PUBLICATION,
        ),
        is_predecessors=True,
    ),
    f"POST {_PREDECESSOR}/abort": Operation(
        id="abort_as_predecessor",
        summary="Give an upload up",
        tag="compatibility",
        permissions=_PUBLISH,
        body=Body(AbortUpload),
        answers=(Answer(200, "It is not open, now or before.", AbortReceipt),),
        refusals=(errors.InvalidUploadKey, *facts.STORE),
        is_predecessors=True,
    ),
}
