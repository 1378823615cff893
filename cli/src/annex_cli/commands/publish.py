"""`annex publish`: pack, sign and publish, and settle what a lost answer left open."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import click
from pydantic import JsonValue

from annex_cli.attempts import Attempt
from annex_cli.commands import verify
from annex_cli.credentials import Purpose, find_log_vkey
from annex_cli.errors import InvalidUsage, VersionAlreadyExists
from annex_cli.local_bundle import LocalBundle, read_bundle
from annex_cli.log_trust import LogTrust
from annex_cli.options import global_flags
from annex_cli.packing import PROJECT_STATE, bundle_name, pack, project_manifest
from annex_cli.platform_client import PlatformClient
from annex_cli.presenting import seconds, size
from annex_cli.program import begin
from annex_cli.progress import Progress, progress
from annex_cli.publishing import (
    PublishOutcome,
    PublishResult,
    PublishWatch,
    Skipping,
    find_version,
    publish_bundle,
)
from annex_cli.retries import Failure
from annex_cli.session import Session
from annex_cli.signing import load_chain, load_key, sign_bundle, signature_beside
from annex_cli.trusted_publishing import is_meant, trusted_platform
from annex_cli.visibility import visible_after
from annex_shared.contracts.publish import PublishReceipt

_MAY_LAND = (
    "Stopped. The version was sent and may still be published; run the same command again to settle it."
)
_SENTENCES = {
    PublishResult.PUBLISHED: "is published, for good",
    PublishResult.RECOVERED: "is published; your earlier attempt had landed",
    PublishResult.ALREADY_PUBLISHED: "is already published with the same content",
}


@click.command("publish")
@click.argument("file", required=False)
@click.option("--skip-existing", is_flag=True, help="Succeed if exactly this content is published already.")
@click.option(
    "--idempotency-key", metavar="KEY", help="Your own name for this attempt, such as a pipeline run."
)
@click.option(
    "--key-file", metavar="FILE", help="Sign with this key; otherwise FILE.sig is used if it exists."
)
@click.option(
    "--cert-file", metavar="FILE", help="The key's certificate and those above it; goes with --key-file."
)
@click.option("--trusted", is_flag=True, help="Publish as this build, by the id token of its CI.")
@click.option(
    "--log-vkey",
    metavar="KEY",
    envvar="ANNEX_LOG_VKEY",
    help="The log's public key: --skip-existing then skips only what the log proves.  [ANNEX_LOG_VKEY]",
)
@click.option(
    "--log-policy",
    metavar="FILE",
    envvar="ANNEX_LOG_POLICY",
    help="The log, and the witnesses that must have cosigned it.  [ANNEX_LOG_POLICY]",
)
@click.option("--wait", is_flag=True, help="End once the version can be read everywhere, with its proof.")
@click.option("--dry-run", is_flag=True, help="Check everything that can be checked; send nothing.")
@global_flags
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 - one for each option
    context: click.Context,
    file: str | None,
    skip_existing: bool,
    idempotency_key: str | None,
    key_file: str | None,
    cert_file: str | None,
    trusted: bool,
    log_vkey: str | None,
    log_policy: str | None,
    wait: bool,
    dry_run: bool,
) -> None:
    """Publish a bundle, once and for good; without FILE the project in this folder is packed.

    \b
    annex publish                                  pack and publish this project
    annex publish notes.tar.zst --key-file acme.pem    sign and publish a bundle
    annex publish --skip-existing                  fine if these very bytes are published
    annex publish --trusted --gateway URL          in CI, without an API key

    Exit codes: 0 published, 3 invalid bundle, 4 not allowed, 6 the version exists, 7 the log contradicts
    what exists, 9 nothing happened, 10 run the same again to settle what happened.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    bundle = _bundle(session, file)
    session.yours = bundle.content_hash
    session.terminal.say(
        f"packed     {bundle.extension} {bundle.version}   {size(bundle.size_bytes)}   "
        f"{bundle.content_hash.short}"
    )
    signature = _signature(session, bundle, key_file, cert_file)
    if signature is None:
        session.warn("UNSIGNED_BUNDLE", "the bundle is not signed; --key-file signs it")
    platform = (
        trusted_platform(session, bundle)
        if is_meant(session, is_asked_for=trusted)
        else session.platform(Purpose.ADMINISTER)
    )
    if dry_run:
        is_signed = signature is not None
        asyncio.run(_rehearse(session, platform, bundle, skip_existing=skip_existing, is_signed=is_signed))
    else:
        asyncio.run(
            _publish(
                session,
                platform,
                bundle,
                signature,
                idempotency_key,
                Skipping(_log(session, log_vkey, log_policy)) if skip_existing else None,
                waits=wait,
            )
        )


def _log(session: Session, vkey: str | None, policy_file: str | None) -> LogTrust | None:
    """Return whom to trust about what exists; without a known key there is nobody, and hashes decide."""
    settings = session.settings
    known = find_log_vkey(settings.gateway_url, environment=session.environment, folder=settings.folder)
    return None if (vkey or policy_file or known) is None else verify.log_trust(session, vkey, policy_file)


def _signature(
    session: Session, bundle: LocalBundle, key_file: str | None, cert_file: str | None
) -> str | None:
    if key_file is None:
        if cert_file is not None:
            raise InvalidUsage("--cert-file is for the key of --key-file. Add --key-file FILE.")
        return signature_beside(bundle)
    chain = load_chain(session.path(cert_file)) if cert_file else None
    return sign_bundle(bundle, load_key(session.path(key_file)), chain)


def _bundle(session: Session, file: str | None) -> LocalBundle:
    if file is not None:
        return read_bundle(session.path(file))
    folder = session.settings.folder
    target = folder / PROJECT_STATE / bundle_name(project_manifest(folder))
    pack(folder, target)
    return read_bundle(target)


async def _publish(
    session: Session,
    platform: AbstractAsyncContextManager[PlatformClient],
    bundle: LocalBundle,
    signature: str | None,
    idempotency_key: str | None,
    skipping: Skipping | None,
    *,
    waits: bool,
) -> None:
    async with platform as client:

        async def show(outcome: PublishOutcome) -> None:
            # The publish stands and its attempt is kept until the answer is on screen, also while this waits.
            seconds_waited = await visible_after(client, outcome) if waits else None
            if waits and seconds_waited is None:
                name = f"{outcome.extension}@{outcome.version}"
                session.warn("NOT_VISIBLE_YET", f"{name} is published, and cannot be read with its proof yet")
            _show(session, outcome, _keep_proof(session, bundle, outcome.receipt), seconds_waited)

        with progress(session.terminal, "publishing") as shown:
            await publish_bundle(
                client,
                bundle.path,
                signature,
                attempts=session.attempts,
                idempotency_key=idempotency_key,
                skipping=skipping,
                watch=_Watch(session, shown),
                shown=show,
            )


async def _rehearse(
    session: Session,
    platform: AbstractAsyncContextManager[PlatformClient],
    bundle: LocalBundle,
    *,
    skip_existing: bool,
    is_signed: bool,
) -> None:
    """Read what would stand in the way; the platform judges signature and membership only for real."""
    async with platform as client:
        await _refuse_spent_number(client, bundle, skip_existing=skip_existing)
    data: dict[str, JsonValue] = {
        "extension": bundle.extension,
        "version": bundle.version,
        "content_hash": str(bundle.content_hash),
        "size_bytes": bundle.size_bytes,
        "signed": is_signed,
        "result": "would_publish",
    }
    session.show(
        data,
        f"{session.ok(f'{bundle.extension}@{bundle.version} can be published')}\n"
        "           nothing was sent: --dry-run",
    )


async def _refuse_spent_number(client: PlatformClient, bundle: LocalBundle, *, skip_existing: bool) -> None:
    found = await find_version(client, bundle.extension, bundle.version)
    if found is None:
        return
    is_same = found.content_hash == bundle.content_hash
    if is_same and skip_existing:
        return
    raise VersionAlreadyExists(
        f'Version "{bundle.version}" of {bundle.extension} is already published and cannot be changed. '
        "Choose a new version number and publish again.",
        details={
            "extension": bundle.extension,
            "version": bundle.version,
            "existing_version": found.version,
            "published_at": found.published_at.isoformat(),
            "content_hash": str(found.content_hash),
            "same_content": is_same,
        },
    )


class _Watch(PublishWatch):
    """Tells the person how it goes on, and what a stop in this moment would mean."""

    def __init__(self, session: Session, shown: Progress) -> None:
        self.session = session
        self._progress = shown

    def resuming(self, attempt: Attempt) -> None:
        self.session.terminal.say("resuming   an earlier attempt whose answer was never seen")
        if attempt.is_sent:
            self.session.if_stopped = _MAY_LAND

    def sending(self, done_bytes: int, all_bytes: int) -> None:
        self._progress.what = "uploading"
        self._progress.sending(done_bytes, all_bytes)

    def uploaded(self, size_bytes: int, seconds_taken: float) -> None:
        self.session.terminal.say(f"uploaded   {size(size_bytes)} in {seconds(seconds_taken)}")

    def finalizing(self, attempt: Attempt) -> None:
        self.session.if_stopped = _MAY_LAND
        self._progress.doing("publishing")
        self.session.terminal.detail(f"attempt    idempotency key {attempt.idempotency_key}")

    def repeating(self, failure: Failure) -> None:
        self.session.terminal.say(f"repeating  {failure.message}")


def _keep_proof(session: Session, bundle: LocalBundle, receipt: PublishReceipt | None) -> Path | None:
    """Put the log proof beside the bundle, where `annex verify` finds it; the publish stands without it."""
    if receipt is None or receipt.proof is None:
        return None
    try:
        bundle.proof_path.write_text(receipt.proof, encoding="utf-8")
    except OSError as error:
        session.warn("PROOF_NOT_KEPT", f"{bundle.proof_path} cannot be written: {error.strerror}")
        return None
    return bundle.proof_path


def _show(
    session: Session, outcome: PublishOutcome, proof_file: Path | None, visible_seconds: float | None
) -> None:
    receipt = outcome.receipt
    name = f"{outcome.extension}@{outcome.version}"
    data: dict[str, JsonValue] = {
        "extension": outcome.extension,
        "version": outcome.version,
        "content_hash": str(outcome.content_hash),
        "size_bytes": outcome.size_bytes,
        "signer": outcome.signer,
        "extension_id": receipt.extension.id if receipt else None,
        "version_id": receipt.version.id if receipt else None,
        "log_index": receipt.log_index if receipt else outcome.proven_index,
        "proof_file": str(proof_file) if proof_file else None,
        "result": outcome.result.value,
        "recovered": outcome.result is PublishResult.RECOVERED,
        "same_content": True,
        "visible_seconds": None if visible_seconds is None else round(visible_seconds, 1),
    }
    visible = (
        "" if visible_seconds is None else f"           visible to installs in {seconds(visible_seconds)}\n"
    )
    logged = (
        f"           log entry {receipt.log_index} \u00b7 proof saved to {proof_file.name}\n"
        if receipt and proof_file
        else ""
    )
    if outcome.proven_index is not None:
        logged = f"           log entry {outcome.proven_index} \u00b7 its proof holds\n"
    session.show(
        data,
        f"{session.ok(f'{name} {_SENTENCES[outcome.result]}')}\n"
        f"           {outcome.content_hash}\n"
        f"           signed by: {outcome.signer or 'nobody'}\n"
        f"{logged}{visible}"
        f"           Next:  annex install {name}",
    )
