"""An upload as its sender reads it, with what became of it."""

from annex_registry.api.problems import PROBLEMS
from annex_registry.domain.upload import UploadAttempt, UploadState
from annex_shared.contracts.publish import PublishReceipt
from annex_shared.contracts.uploads import Publication, UploadRefusal, UploadView

_CODES = {kind.__name__: problem.code for kind, problem in PROBLEMS.items()}


def upload_view(attempt: UploadAttempt) -> UploadView:
    return UploadView(
        upload_id=str(attempt.id),
        state=attempt.state.value,
        offset=attempt.received_bytes,
        size_bytes=attempt.bundle.size_bytes,
        content_hash=attempt.bundle.content_hash,
        created_at=attempt.created_at,
        expires_at=attempt.expires_at,
        publication=_publication(attempt),
        refusal=_refusal(attempt),
    )


def _publication(attempt: UploadAttempt) -> Publication | None:
    if attempt.state is not UploadState.PUBLISHED or attempt.outcome is None:
        return None
    return Publication.of(PublishReceipt.model_validate(dict(attempt.outcome)))


def _refusal(attempt: UploadAttempt) -> UploadRefusal | None:
    if attempt.state is not UploadState.REFUSED or attempt.outcome is None:
        return None
    details = attempt.outcome.get("details")
    return UploadRefusal(
        code=_CODES[str(attempt.outcome["refusal"])],
        message=str(attempt.outcome["message"]),
        details=details if isinstance(details, dict) else {},
    )
