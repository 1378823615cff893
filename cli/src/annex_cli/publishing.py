"""Publish a bundle so that a lost answer is settled, never guessed; a library without a terminal."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from annex_cli.attempts import Attempt, AttemptStore
from annex_cli.claims import broken, failure_of
from annex_cli.errors import (
    AnswerNotUnderstood,
    LogPartMissing,
    NothingPublished,
    OutcomeUnknown,
    PlatformRefused,
    PlatformUnreachable,
)
from annex_cli.local_bundle import LocalBundle, read_bundle
from annex_cli.log_trust import LogTrust
from annex_cli.platform_client import PlatformClient, Published
from annex_cli.retries import Failure, is_decided, may_have_landed, repeated
from annex_cli.verify_existing import check_existing
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.publish import FinalizeSignature, FinalizeUpload, PublishReceipt, UploadReceipt
from annex_shared.contracts.versions import VersionRow

SIGNATURE_ALGORITHM = "dsse-ed25519"
VERSION_ALREADY_EXISTS = "VERSION_ALREADY_EXISTS"
IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
_SETTLING_SECONDS = 10
_SLOWEST_BYTES_PER_SECOND = 64 * 1024
_DELETED = "deleted"
# The platform forgets an upload that is not finalized in time; its bytes are simply sent again.
_GONE = frozenset({"UPLOAD_NOT_FOUND", "UPLOAD_EXPIRED", "INVALID_UPLOAD_KEY"})


class PublishResult(StrEnum):
    """``recovered``: an earlier try of this attempt had landed; ``already_published``: another attempt."""

    PUBLISHED = "published"
    RECOVERED = "recovered"
    ALREADY_PUBLISHED = "already_published"


@dataclass(frozen=True, slots=True)
class PublishOutcome:
    """What stands in the registry now; ``receipt`` is absent when another attempt published it."""

    result: PublishResult
    extension: str
    version: str
    content_hash: ContentHash
    size_bytes: int
    signer: str | None
    receipt: PublishReceipt | None
    # Of what another attempt published, where the log's key is known: its proven entry.
    proven_index: int | None = None


@dataclass(frozen=True, slots=True)
class Skipping:
    """The wish that the same content may exist; with a known ``log``, only if that proves it."""

    log: LogTrust | None


class PublishWatch:
    """Hears how a publish goes on; this one stays silent."""

    def resuming(self, attempt: Attempt) -> None:
        """Hear that an attempt whose answer was never seen is taken up."""

    def sending(self, done_bytes: int, all_bytes: int) -> None:
        """Hear how much of the archive has left."""

    def uploaded(self, size_bytes: int, seconds: float) -> None:
        """Hear that the archive is staged; nothing is published yet."""

    def finalizing(self, attempt: Attempt) -> None:
        """Hear that from here on the version may be published."""

    def repeating(self, failure: Failure) -> None:
        """Hear that a request failed in passing and is sent again."""


async def publish_bundle(
    client: PlatformClient,
    archive: Path,
    signature: str | None = None,
    *,
    attempts: AttemptStore,
    idempotency_key: str | None = None,
    skipping: Skipping | None = None,
    watch: PublishWatch | None = None,
    shown: Callable[[PublishOutcome], Awaitable[None]] | None = None,
) -> PublishOutcome:
    """Publish an archive, once and for good.

    The attempt is on disk before the first byte leaves and is dropped after ``shown`` has returned.
    With ``skipping``, the same bytes may exist already. Raises PlatformRefused; PlatformUnreachable or
    NothingPublished (nothing changed); VerificationFailed; OutcomeUnknown (the same call again settles it).
    """
    bundle = await asyncio.to_thread(read_bundle, archive)
    with attempts.held(client.gateway_url, client.tenant_id, bundle.content_hash):
        publish = _Publish(client, bundle, signature, attempts, watch or PublishWatch())
        attempt = publish.begin(idempotency_key)
        try:
            outcome = _outcome(await publish.run(attempt), bundle)
        except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood, NothingPublished) as failure:
            publish.drop_if_over(attempt, failure)
            existing = await _explained(client, bundle, failure, idempotency_key, skipping)
            if existing is None:
                raise
            outcome = existing
        if shown is not None:
            await shown(outcome)
        attempts.forget(attempt)
        return outcome


async def find_version(client: PlatformClient, extension: str, version: str) -> VersionRow | None:
    """Find the version that holds a number, build metadata aside; None when the number is free."""
    try:
        return await client.version(extension, version)
    except PlatformRefused as refused:
        if refused.document.status == HTTPStatus.NOT_FOUND:
            return None
        raise


@dataclass(frozen=True, slots=True)
class _Publish:
    client: PlatformClient
    bundle: LocalBundle
    signature: str | None
    attempts: AttemptStore
    watch: PublishWatch

    def begin(self, idempotency_key: str | None) -> Attempt:
        """Take up the attempt whose answer was never seen, or make a new one and keep it.

        The key is random per intent: one made from the content would turn a second publish into a replay.
        """
        client, bundle = self.client, self.bundle
        kept = self.attempts.find(client.gateway_url, client.tenant_id, bundle.content_hash)
        if kept is not None and idempotency_key in (None, kept.idempotency_key):
            self.watch.resuming(kept)
            return kept
        attempt = Attempt(
            gateway_url=client.gateway_url,
            tenant_id=client.tenant_id,
            extension=bundle.extension,
            version=bundle.version,
            content_hash=bundle.content_hash,
            idempotency_key=idempotency_key or str(uuid4()),
        )
        self.attempts.keep(attempt)
        return attempt

    def drop_if_over(self, attempt: Attempt, failure: Exception) -> None:
        """Forget an attempt that is decided or was never staged; one that was sent waits for the next run."""
        kept = self.attempts.find(attempt.gateway_url, attempt.tenant_id, attempt.content_hash)
        is_over = isinstance(failure, NothingPublished) or is_decided(failure)
        if is_over or kept is None or kept.upload_key is None:
            self.attempts.forget(attempt)

    async def run(self, attempt: Attempt) -> Published:
        if attempt.upload_key is not None:
            try:
                return await self._finalize(attempt)
            except PlatformRefused as refused:
                if refused.code not in _GONE:
                    raise
        return await self._finalize(await self._upload(attempt))

    async def _upload(self, attempt: Attempt) -> Attempt:
        """Stage the archive; a repeat stages it anew, and what was staged before expires unseen."""
        bundle = self.bundle

        async def upload(client: PlatformClient) -> UploadReceipt:
            return await client.upload(
                bundle.path,
                size_bytes=bundle.size_bytes,
                declared_hash=bundle.content_hash,
                on_bytes=lambda sent: self.watch.sending(sent, bundle.size_bytes),
            )

        # The timeout is for the platform to answer; a large archive on a slow line has time of its own.
        timeout_seconds = self.client.timeout_seconds + bundle.size_bytes / _SLOWEST_BYTES_PER_SECOND
        started = time.monotonic()
        receipt = await repeated(
            replace(self.client, timeout_seconds=timeout_seconds),
            upload,
            on_failure=lambda _: None,
            on_repeat=self.watch.repeating,
        )
        self.watch.uploaded(bundle.size_bytes, time.monotonic() - started)
        staged = attempt.model_copy(update={"upload_key": receipt.upload.key, "is_sent": False})
        self.attempts.keep(staged)
        return staged

    async def _finalize(self, attempt: Attempt) -> Published:
        """Send the attempt until an answer decides it; settle it by other means when none does."""
        sent = attempt.model_copy(update={"is_sent": True})
        self.attempts.keep(sent)
        self.watch.finalizing(sent)
        landed = [attempt.is_sent]
        try:
            return await repeated(
                self.client,
                lambda client: self._send(client, sent),
                on_failure=lambda failure: landed.append(may_have_landed(failure)),
                on_repeat=self.watch.repeating,
            )
        except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood) as failure:
            if is_decided(failure):
                raise
            if not any(landed):
                self.attempts.keep(attempt)
                raise
            return await self._settle(sent, failure)

    async def _send(self, client: PlatformClient, attempt: Attempt) -> Published:
        upload = FinalizeUpload(
            key=attempt.upload_key or "",
            size=self.bundle.size_bytes,
            declared_hash=str(self.bundle.content_hash),
        )
        if self.signature is not None:
            signature = FinalizeSignature(text=self.signature, algorithm=SIGNATURE_ALGORITHM)
            upload = upload.model_copy(update={"signature": signature})
        return await client.finalize(upload, idempotency_key=attempt.idempotency_key)

    async def _settle(self, attempt: Attempt, lost: Failure) -> Published:
        """Read what stands there; when nothing does, make sure that nothing of this attempt can follow.

        An abort that deletes the staged bytes is the platform's word that the attempt is over: it waits
        for a finalize in progress and finds the bytes only if that one did not publish them.
        """
        timeout_seconds = min(_SETTLING_SECONDS, self.client.timeout_seconds)
        client = replace(self.client, timeout_seconds=timeout_seconds)
        try:
            if not await self._stands(client) and await self._given_up(client, attempt):
                raise NothingPublished(
                    f"No answer came, and {attempt.extension} {attempt.version} was not published. "
                    "Nothing changed.",
                    hint="Run the same command again.",
                )
        except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood):
            raise _outcome_unknown(attempt, lost) from None
        try:
            return await self._send(client, attempt)
        except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood) as failure:
            if is_decided(failure):
                raise
            raise _outcome_unknown(attempt, lost) from None

    async def _stands(self, client: PlatformClient) -> bool:
        """Whether the number is taken; without a publisher in the manifest there is no name to ask for."""
        if self.bundle.manifest.publisher is None:
            return False
        return await find_version(client, self.bundle.extension, self.bundle.version) is not None

    async def _given_up(self, client: PlatformClient, attempt: Attempt) -> bool:
        return (await client.abort(attempt.upload_key or "")).status == _DELETED


def _outcome_unknown(attempt: Attempt, lost: Failure) -> OutcomeUnknown:
    return OutcomeUnknown(
        f"{attempt.extension} {attempt.version} was sent and may be published. {lost.message}",
        hint="Run the same command again: it settles what happened and never publishes twice.",
        details={
            "extension": attempt.extension,
            "version": attempt.version,
            "content_hash": str(attempt.content_hash),
            "idempotency_key": attempt.idempotency_key,
        },
    )


async def _explained(
    client: PlatformClient,
    bundle: LocalBundle,
    failure: Exception,
    idempotency_key: str | None,
    skipping: Skipping | None,
) -> PublishOutcome | None:
    """Turn a refusal into success where the caller promised that it may be, and the same bytes stand there.

    A spent key that the caller chose says that a request of theirs under this name was committed before;
    only its upload differs, which a machine without the kept attempt cannot know.
    """
    if not isinstance(failure, PlatformRefused):
        return None
    if failure.code == IDEMPOTENCY_KEY_REUSED and idempotency_key is not None:
        result = PublishResult.RECOVERED
    elif failure.code == VERSION_ALREADY_EXISTS and skipping is not None:
        result = PublishResult.ALREADY_PUBLISHED
    else:
        return None
    named = failure.details.get("extension")
    extension = named if isinstance(named, str) else bundle.extension
    try:
        found = await find_version(client, extension, bundle.version)
        if found is None or found.content_hash != bundle.content_hash:
            return None
        log = skipping.log if skipping else None
        proven = None if log is None else await _proven(client, extension, found, log)
    except (PlatformRefused, PlatformUnreachable, AnswerNotUnderstood, LogPartMissing):
        # What cannot be verified is not skipped; the refusal itself is what the caller hears.
        return None
    return PublishOutcome(
        result=result,
        extension=extension,
        version=found.version,
        content_hash=found.content_hash,
        size_bytes=found.size_bytes,
        signer=found.signer,
        receipt=None,
        proven_index=proven,
    )


async def _proven(client: PlatformClient, extension: str, row: VersionRow, log: LogTrust) -> int | None:
    existing = await check_existing(client, extension, row, log)
    if broken(existing.claims):
        raise failure_of(existing.claims)
    return existing.log_index


def _outcome(published: Published, bundle: LocalBundle) -> PublishOutcome:
    receipt = published.receipt
    return PublishOutcome(
        result=PublishResult.RECOVERED if published.is_replayed else PublishResult.PUBLISHED,
        extension=f"{receipt.extension.publisher}/{receipt.extension.name}",
        version=receipt.version.version,
        content_hash=receipt.content_hash,
        size_bytes=bundle.size_bytes,
        signer=receipt.signer,
        receipt=receipt,
    )
