"""`annex verify`: check a bundle or an extension against the transparency log, claim by claim."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from annex_cli.claims import Claim, Status, broken, documents, failure_of, told
from annex_cli.credentials import Purpose, find_log_vkey
from annex_cli.errors import (
    FileNotUsable,
    InvalidUsage,
    PublisherNotNamed,
    VersionNotFound,
)
from annex_cli.local_bundle import LocalBundle, read_bundle, read_hash
from annex_cli.log_consistency import check_consistency
from annex_cli.log_memory import SeenCheckpoint
from annex_cli.log_reader import LogReader
from annex_cli.log_trust import LogTrust
from annex_cli.options import global_flags
from annex_cli.platform_client import PlatformClient
from annex_cli.program import begin
from annex_cli.session import Session, state_folder
from annex_cli.signing import signature_beside
from annex_cli.verify_history import check_history
from annex_cli.verifying import Held, check_publication, check_signer, unreadable
from annex_cli.version_listing import read_rows
from annex_shared.clock import SystemClock
from annex_shared.contracts.versions import VersionRow
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef
from annex_shared.signing import TrustBundle, load_trust_bundle
from annex_shared.version_number import VersionNumber

_MAX_PROOF_BYTES = 2 << 20
_MAX_KEYS_BYTES = 2 << 20
_ARCHIVE = ".tar.zst"


@dataclass(frozen=True, slots=True)
class _Trust:
    """What the person who verifies brings along."""

    log: LogTrust
    publisher_keys: TrustBundle


@click.command("verify")
@click.argument("subject", metavar="FILE|EXT[@VERSION]")
@click.option("--proof", "proof_file", metavar="FILE", help="The bundle's log proof.  [FILE.proof]")
@click.option(
    "--log-vkey", metavar="KEY", envvar="ANNEX_LOG_VKEY", help="The log's public key.  [ANNEX_LOG_VKEY]"
)
@click.option(
    "--log-policy",
    metavar="FILE",
    envvar="ANNEX_LOG_POLICY",
    help="The log and the witnesses that must have cosigned it.  [ANNEX_LOG_POLICY]",
)
@click.option(
    "--publisher-keys", metavar="FILE", help="Public keys and authorities (PEM); one must vouch for it."
)
@click.option("--offline", is_flag=True, help="Ask nobody; use the proof and what was seen here before.")
@global_flags
@click.pass_context
def command(
    context: click.Context,
    subject: str,
    proof_file: str | None,
    log_vkey: str | None,
    log_policy: str | None,
    publisher_keys: str | None,
    offline: bool,
) -> None:
    """Check a bundle, or an extension, against the transparency log.

    \b
    annex verify acme.notes-1.4.0.tar.zst              the bundle, by FILE.proof or the platform's proof
    annex verify acme.notes-1.4.0.tar.zst --offline    by FILE.proof alone
    annex verify acme/notes@1.4.0                      what the platform lists, and that it hides nothing
    annex verify acme/notes --log-policy policy        and that witnesses saw the same log

    Exit codes: 0 no claim is broken, 2 the log's key is not known, 5 no such version, 7 a claim is broken,
    9 the log cannot be read.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    trust = _Trust(log_trust(session, log_vkey, log_policy), _publisher_keys(session, publisher_keys))
    path = session.path(subject)
    if path.is_file() or subject.endswith(_ARCHIVE):
        claims = asyncio.run(_verify_file(session, path, proof_file, trust, is_offline=offline))
    elif offline or proof_file:
        raise InvalidUsage(f"--offline and --proof are for a bundle, and {shown(subject)} is no file.")
    else:
        claims = asyncio.run(_verify_extension(session, subject, trust))
    conclude(session, claims)


def log_trust(session: Session, vkey: str | None, policy_file: str | None) -> LogTrust:
    """Return what is known of the log that was named, or of the development platform's.

    Raises InvalidUsage: without a key nothing that a log says can be verified.
    """
    settings = session.settings
    if vkey is None and policy_file is None:
        vkey = find_log_vkey(settings.gateway_url, environment=session.environment, folder=settings.folder)
    folder = state_folder(session.environment) / "log"
    return LogTrust.of(folder, vkey, session.path(policy_file) if policy_file else None)


def conclude(session: Session, claims: Sequence[Claim]) -> None:
    """Show the claims; raise VerificationFailed if one is broken."""
    data = {"claims": documents(claims)}
    if broken(claims):
        session.show_broken(failure_of(claims), data, told(claims))
    session.show(data, told(claims))


async def _verify_file(
    session: Session, path: Path, proof_file: str | None, trust: _Trust, *, is_offline: bool
) -> list[Claim]:
    content_hash, size_bytes = read_hash(path)
    try:
        bundle = read_bundle(path)
    except FileNotUsable:
        raise
    except AnnexError as reason:
        return [
            unreadable(path.name, content_hash, size_bytes, reason),
            Claim("published", Status.UNCHECKED, path.name, "it is not known which version it should be"),
        ]
    proof = _kept_proof(session, bundle, proof_file)
    if is_offline:
        if proof is None:
            raise FileNotUsable(
                f"There is no proof {bundle.proof_path.name} beside the bundle, and nobody may be asked.",
                hint="Name one with --proof, or leave out --offline.",
            )
        return await _file_claims(bundle, proof, trust, None)
    if proof is None and bundle.manifest.publisher is None:
        raise PublisherNotNamed("The manifest names no publisher to ask for.", hint="Add --proof FILE.")
    async with session.platform(Purpose.USE, is_public=proof is not None) as client:
        if proof is None:
            proof = await client.proof(bundle.extension, bundle.version)
        return await _file_claims(bundle, proof, trust, LogReader(client))


async def _file_claims(
    bundle: LocalBundle, proof: bytes, trust: _Trust, reader: LogReader | None
) -> list[Claim]:
    manifest = bundle.manifest
    held = Held(
        manifest.publisher,
        manifest.name,
        manifest.version,
        bundle.content_hash,
        bundle.size_bytes,
        is_here=True,
    )
    memory = trust.log.memory
    publication = check_publication(held, proof, memory.policy)
    consistency = await check_consistency(memory, reader, publication.checkpoint, subject=held.subject)
    witnessed = trust.log.check_witnesses(
        _trees(publication.checkpoint, consistency.newest), subject=held.subject
    )
    signer = check_signer(
        held, publication.verified, signature_beside(bundle), trust.publisher_keys, now=SystemClock().now()
    )
    return [*publication.claims, consistency.claim, *witnessed, signer]


def _trees(*relied_on: SeenCheckpoint | None) -> list[SeenCheckpoint]:
    return [tree for tree in relied_on if tree is not None]


async def _verify_extension(session: Session, subject: str, trust: _Trust) -> list[Claim]:
    name, _, number = subject.partition("@")
    extension = ExtensionRef.parse(name)
    async with session.platform(Purpose.USE) as client:
        row = await _row(client, extension, number)
        held = Held(
            extension.publisher,
            extension.name,
            VersionNumber.parse(row.version),
            row.content_hash,
            row.size_bytes,
            is_here=False,
        )
        proof = await client.proof(str(extension), row.version)
        publication = check_publication(held, proof, trust.log.memory.policy)
        *about_log, complete = await verify_history(
            client, extension, trust.log, publication.checkpoint, subject=held.subject
        )
    signer = check_signer(held, publication.verified, None, trust.publisher_keys, now=SystemClock().now())
    return [*publication.claims, *about_log, signer, complete]


async def verify_history(
    client: PlatformClient,
    extension: ExtensionRef,
    log: LogTrust,
    proven: SeenCheckpoint | None = None,
    *,
    subject: str,
) -> tuple[Claim, ...]:
    """Return the claims `consistent`, `witnessed` and `complete`; the list is read after the checkpoint."""
    reader = LogReader(client)
    consistency = await check_consistency(log.memory, reader, proven, subject=subject)
    witnessed = log.check_witnesses(_trees(proven, consistency.newest), subject=subject)
    about_log = (consistency.claim, *witnessed)
    if consistency.newest is None:
        text = "there is no tree to compare the list with"
        return *about_log, Claim("complete", Status.UNCHECKED, str(extension), text)
    rows, _ = await read_rows(client, str(extension), limit=None)
    return *about_log, await check_history(extension, rows, consistency.newest, reader)


async def _row(client: PlatformClient, extension: ExtensionRef, number: str) -> VersionRow:
    if number:
        return await client.version(str(extension), str(VersionNumber.parse(number)))
    rows, _ = await read_rows(client, str(extension), limit=1)
    if not rows:
        raise VersionNotFound(f"{extension} has no version.")
    return rows[0]


def _kept_proof(session: Session, bundle: LocalBundle, proof_file: str | None) -> bytes | None:
    if proof_file is not None:
        return _read(session.path(proof_file), _MAX_PROOF_BYTES)
    return _read(bundle.proof_path, _MAX_PROOF_BYTES) if bundle.proof_path.exists() else None


def _publisher_keys(session: Session, keys_file: str | None) -> TrustBundle:
    if keys_file is None:
        return TrustBundle()
    return load_trust_bundle(_read(session.path(keys_file), _MAX_KEYS_BYTES))


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
