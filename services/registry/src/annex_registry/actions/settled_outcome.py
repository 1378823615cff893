"""What became of an upload that was finished before: its answer again, or its refusal again."""

from typing import assert_never

import structlog

from annex_registry.domain.errors import UploadExpired, UploadNotFound, UploadRefused, VersionAlreadyExists
from annex_registry.domain.publication import FinalizeCommand, FinalizeOutcome
from annex_registry.domain.upload import UploadAttempt, UploadState
from annex_shared.errors import AnnexError
from annex_shared.ids import UploadId

log = structlog.get_logger()


def settled_outcome(attempt: UploadAttempt, command: FinalizeCommand) -> FinalizeOutcome | None:
    """Return None while nothing is decided; the stored answer once it is; raise the stored refusal."""
    match attempt.state:
        case UploadState.RECEIVING | UploadState.STAGED:
            return None
        case UploadState.PUBLISHED:
            return FinalizeOutcome(dict(attempt.outcome or {}), is_replay=True)
        case UploadState.REFUSED:
            raise _refused_before(attempt, command)
        case UploadState.ABORTED:
            raise upload_not_found()
        case UploadState.EXPIRED:
            raise upload_expired()
        case _:
            assert_never(attempt.state)


def upload_not_found() -> UploadNotFound:
    return UploadNotFound("Nothing is staged under this key for you. Upload the bundle again.")


def upload_expired() -> UploadExpired:
    return UploadExpired("This upload was not finalized in time and is gone. Upload the bundle again.")


def _refused_before(attempt: UploadAttempt, command: FinalizeCommand) -> AnnexError:
    outcome = attempt.outcome or {}
    message, details = str(outcome.get("message", "")), outcome.get("details")
    facts = details if isinstance(details, dict) else {}
    if outcome.get("refusal") == VersionAlreadyExists.__name__:
        extension_id = str(outcome.get("extension_id"))
        log_refused_version(
            extension_id, str(facts.get("version")), attempt_id=attempt.id, request_id=command.request_id
        )
        return VersionAlreadyExists(message, details=facts, extension_id=extension_id)
    return UploadRefused(f"This upload was refused before: {message} Upload the bundle again.", details=facts)


def log_refused_version(
    extension_id: str, version: str, *, attempt_id: UploadId | None, request_id: str
) -> None:
    """Write the one log event of a refused duplicate, whichever way it was found."""
    log.info(
        "version_publish_refused",
        extension_id=extension_id,
        version=version,
        attempt=None if attempt_id is None else str(attempt_id),
        request_id=request_id,
    )
