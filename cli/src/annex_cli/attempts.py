"""Attempts to publish, kept on disk from before the first byte until the answer is on screen."""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from annex_cli.durable_file import replace_durably
from annex_cli.errors import AttemptNotKept, PublishInProgress
from annex_shared.content_hash import ContentHash


class Attempt(BaseModel):
    """One intent to publish: repeating it with the same upload and key is never a second publish.

    ``upload_key`` is known once the archive is staged. ``is_sent`` is written before finalize is sent: from
    then on the version may be published, whatever was heard of it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    gateway_url: str
    tenant_id: str | None
    extension: str
    version: str
    content_hash: ContentHash
    idempotency_key: str
    upload_key: str | None = None
    is_sent: bool = False


class AttemptStore:
    """One file for each gateway, tenant and content hash, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self, gateway_url: str, tenant_id: str | None, content_hash: ContentHash) -> Iterator[None]:
        """Keep other processes from the same attempt; raise PublishInProgress when one has it."""
        lock = self._path(gateway_url, tenant_id, content_hash).with_suffix(".lock")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _not_kept(self.folder, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise PublishInProgress(
                "Another annex on this machine is publishing exactly this bundle. Nothing was sent. "
                "Wait until it has ended."
            ) from None
        try:
            yield
        finally:
            # The empty lock file stays: removing it would let two processes hold two files of one name.
            os.close(descriptor)

    def find(self, gateway_url: str, tenant_id: str | None, content_hash: ContentHash) -> Attempt | None:
        """Return the attempt whose outcome was never shown; a damaged file counts as none."""
        try:
            return Attempt.model_validate_json(self._path(gateway_url, tenant_id, content_hash).read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        except OSError as error:
            raise _not_kept(self.folder, error) from None

    def keep(self, attempt: Attempt) -> None:
        """Write the attempt so that it survives a crash of the machine."""
        try:
            replace_durably(self._path_of(attempt), attempt.model_dump_json().encode() + b"\n")
        except OSError as error:
            raise _not_kept(self.folder, error) from None

    def forget(self, attempt: Attempt) -> None:
        """Drop an attempt whose answer its owner has seen."""
        self._path_of(attempt).unlink(missing_ok=True)

    def _path_of(self, attempt: Attempt) -> Path:
        return self._path(attempt.gateway_url, attempt.tenant_id, attempt.content_hash)

    def _path(self, gateway_url: str, tenant_id: str | None, content_hash: ContentHash) -> Path:
        place = "\n".join((gateway_url.rstrip("/"), tenant_id or "", str(content_hash)))
        return self.folder / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.json"


def _not_kept(folder: Path, error: OSError) -> AttemptNotKept:
    return AttemptNotKept(
        f"The attempt cannot be kept in {folder} ({error.strerror}), so nothing was sent.",
        hint="Set XDG_STATE_HOME to a folder you may write to, then run the same again.",
    )
