from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef
from annex_shared.transparency import (
    Checkpoint,
    ExtensionCreatedEntry,
    LoggedBundle,
    LogPolicy,
    LogProof,
    TileHashes,
    VerifiedEntry,
    VersionImportedEntry,
    VersionPublishedEntry,
    inclusion_plan,
    leaf_hash,
    parse_entry,
    sign_checkpoint,
    verify_log_proof,
    verify_version_proof,
)
from annex_shared.transparency.errors import (
    EntryMalformed,
    EntryMismatch,
    InclusionBroken,
    LogProofMalformed,
    NoteSignatureBroken,
    OriginMismatch,
    QuorumMissing,
)
from annex_shared.transparency.policy import Cosigned
from annex_shared.version_number import VersionNumber
from unit.shared.transparency.vectors import ENTRIES, KEYS, LOG, WITNESS, log_file

TEXT = log_file("proof-1.tlog-proof").decode()
POLICY = LogPolicy.of(LOG.verifier, [WITNESS.verifier], quorum=1)
PROOF = LogProof.parse(TEXT)
ACME = ExtensionRef.parse("acme/hello")


@dataclass(frozen=True)
class _Held:
    """What a runner knows of the bundle in its hands."""

    extension: ExtensionRef = ACME
    version: VersionNumber = field(default_factory=lambda: VersionNumber("1.0.1"))
    content_hash: ContentHash = field(default_factory=lambda: ContentHash.of(b"B" * 100_000))

    def verify(self, proof: LogProof, policy: LogPolicy = POLICY) -> VerifiedEntry:
        return verify_version_proof(
            proof,
            policy,
            extension=self.extension,
            version=self.version,
            content_hash=self.content_hash,
        )


HELD = _Held()


def _proof_of(entry: bytes) -> LogProof:
    """Prove an entry that is the only one of its log."""
    note = sign_checkpoint(Checkpoint(LOG.name, 1, leaf_hash(entry)), LOG)
    return LogProof(0, (), note.decode(), entry)


def test_the_golden_proof_comes_out_of_the_golden_tile() -> None:
    plan = inclusion_plan(1, 3)
    tile = log_file("tile-0-000.p-3.bin")
    body = Checkpoint(LOG.name, 3, PROOF_ROOT).to_body()
    note = sign_checkpoint(Checkpoint.parse(body), LOG).decode()
    note += WITNESS.cosign(body, timestamp=KEYS["cosignature_timestamp"]).line()

    proof = LogProof(1, plan.assemble(TileHashes(3, dict.fromkeys(plan.tiles, tile))), note)

    assert [tile.path() for tile in plan.tiles] == ["tile/0/000.p/3"]
    assert proof.to_text() == TEXT
    assert proof == PROOF


PROOF_ROOT = Checkpoint.parse(PROOF.checkpoint_note.partition("\n\n")[0] + "\n").root


def test_the_golden_proof_verifies() -> None:
    verified = verify_log_proof(PROOF, ENTRIES[1], POLICY)

    assert verified.entry == parse_entry(ENTRIES[1])
    assert verified.index == 1
    assert verified.accepted.checkpoint.size == 3
    assert verified.accepted.cosigned == (Cosigned("w0", KEYS["cosignature_timestamp"]),)


def test_a_proof_from_a_file_reads_as_bytes() -> None:
    assert LogProof.parse(TEXT.encode()) == PROOF


@pytest.mark.parametrize("other", [ENTRIES[0], ENTRIES[2], ENTRIES[1][:-1], b""])
def test_a_proof_shows_its_own_entry_only(other: bytes) -> None:
    with pytest.raises(InclusionBroken):
        verify_log_proof(PROOF, other, POLICY)


@pytest.mark.parametrize(
    "damaged",
    [
        replace(PROOF, index=0),
        replace(PROOF, index=2),
        replace(PROOF, index=3),
        replace(PROOF, hashes=PROOF.hashes[:1]),
        replace(PROOF, hashes=PROOF.hashes[::-1]),
        replace(PROOF, hashes=(*PROOF.hashes, bytes(32))),
        replace(PROOF, hashes=()),
    ],
)
def test_a_damaged_proof_does_not_verify(damaged: LogProof) -> None:
    with pytest.raises(InclusionBroken):
        verify_log_proof(LogProof.parse(damaged.to_text()), ENTRIES[1], POLICY)


def test_a_checkpoint_that_the_policy_refuses_refuses_the_proof() -> None:
    without_witness = replace(PROOF, checkpoint_note=log_file("checkpoint-3.txt").decode())
    stranger = LogPolicy.of(replace(LOG, name="other.example").verifier)

    assert verify_log_proof(without_witness, ENTRIES[1], LogPolicy.of(LOG.verifier)).accepted.cosigned == ()
    with pytest.raises(QuorumMissing):
        verify_log_proof(without_witness, ENTRIES[1], POLICY)
    with pytest.raises(OriginMismatch):
        verify_log_proof(PROOF, ENTRIES[1], stranger)


@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_checkpoint_of_another_size_does_not_fit(size: int) -> None:
    older = replace(PROOF, checkpoint_note=log_file(f"checkpoint-{size}.txt").decode())

    with pytest.raises(InclusionBroken):
        verify_log_proof(older, ENTRIES[1], LogPolicy.of(LOG.verifier))


def test_a_changed_size_breaks_the_signature() -> None:
    changed = replace(PROOF, checkpoint_note=PROOF.checkpoint_note.replace("\n3\n", "\n4\n"))

    with pytest.raises(NoteSignatureBroken):
        verify_log_proof(changed, ENTRIES[1], POLICY)


@given(st.data())
def test_no_changed_byte_of_a_proof_verifies(data: st.DataObject) -> None:
    text = TEXT.encode()
    at = data.draw(st.integers(0, len(text) - 1))
    changed = bytearray(text)
    changed[at] = data.draw(st.integers(0, 255).filter(lambda value: value != text[at]))

    with pytest.raises(AnnexError):
        verify_log_proof(LogProof.parse(bytes(changed)), ENTRIES[1], POLICY)


@example(0, (bytes(32),) * 63, None)
@given(
    st.integers(0, 2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    st.none() | st.binary(min_size=1, max_size=200),
)
def test_every_proof_reads_back(index: int, hashes: tuple[bytes, ...], extra: bytes | None) -> None:
    proof = LogProof(index, hashes, PROOF.checkpoint_note, extra)

    assert LogProof.parse(proof.to_text()) == proof


def test_extra_stands_before_the_index() -> None:
    lines = replace(PROOF, extra=b"more").to_text().split("\n")

    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra bW9yZQ==", "index 1"]


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("c2sp.org/tlog-proof@v1\n", ""),
        ("c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\r\n"),
        ("index 1\n", ""),
        ("index 1\n", "index\n"),
        ("index 1\n", "index 01\n"),
        ("index 1\n", "index -1\n"),
        ("index 1\n", f"index {2**63}\n"),
        ("index 1\n", "index 1\nindex 1\n"),
        ("index 1\n", "extra \nindex 1\n"),
        ("index 1\n", "extra\nindex 1\n"),
        ("index 1\n", "extra bW9yZQ\nindex 1\n"),
        ("index 1\n", "extra bW9yZQ==\nextra bW9yZQ==\nindex 1\n"),
        ("index 1\n", "index 1\nextra bW9yZQ==\n"),
        ("index 1\n", "index 1\nAAAA\n"),
        ("index 1\n", "index 1\n" + "oORmSX/TqGIL8MZaZKrUCt6MrQnnqMtbu6yucnPOm04=\n" * 62),
        ("index 1\n", "index 1\n\n"),
        ("oORmSX", " oORmSX"),
        ("\n\n\u2014 registry", "\n\u2014 registry"),
        ("\n\nregistry.example", "\nregistry.example"),
        ("\u2014 witness", "- witness"),
    ],
)
def test_malformed_proofs_are_refused(part: str, other: str) -> None:
    assert part in TEXT

    with pytest.raises(AnnexError) as refusal:
        verify_log_proof(LogProof.parse(TEXT.replace(part, other, 1)), ENTRIES[1], POLICY)

    assert type(refusal.value) is not InclusionBroken


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff", b"c2sp.org/tlog-proof@v1\n", b" " * 2_000_000])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(LogProofMalformed):
        LogProof.parse(data)


@pytest.mark.parametrize(
    "proof",
    [
        replace(PROOF, index=-1),
        replace(PROOF, hashes=(b"short",)),
        replace(PROOF, hashes=(bytes(32),) * 64),
        replace(PROOF, extra=b""),
        replace(PROOF, extra=bytes(1_000_000)),
        replace(PROOF, checkpoint_note="no note"),
        replace(PROOF, checkpoint_note=PROOF.checkpoint_note.replace("\n3\n", "\n\ud800\n")),
    ],
)
def test_a_proof_that_cannot_be_read_back_is_not_written(proof: LogProof) -> None:
    with pytest.raises(LogProofMalformed):
        proof.to_text()


def test_a_held_bundle_is_proven_by_the_entry_that_travels_in_extra() -> None:
    verified = HELD.verify(replace(PROOF, extra=ENTRIES[1]))

    assert verified.entry == parse_entry(ENTRIES[1])


@pytest.mark.parametrize(
    ("held", "field"),
    [
        (_Held(extension=ExtensionRef.parse("acme/goodbye")), "extension"),
        (_Held(version=VersionNumber("1.0.2")), "version"),
        (_Held(version=VersionNumber("1.0.1+build")), "version"),
        (_Held(content_hash=ContentHash.of(b"another")), "bundle"),
    ],
)
def test_a_proof_of_something_else_than_held_is_refused(held: _Held, field: str) -> None:
    with pytest.raises(EntryMismatch) as refusal:
        held.verify(replace(PROOF, extra=ENTRIES[1]))

    assert refusal.value.details["field"] == field


def test_an_extra_that_is_not_in_the_log_is_refused() -> None:
    entry = parse_entry(ENTRIES[1])
    assert isinstance(entry, VersionPublishedEntry)
    other = ContentHash.of(b"swapped")
    forged = replace(entry, bundle=LoggedBundle(other, 100_000)).to_bytes()

    with pytest.raises(InclusionBroken):
        _Held(content_hash=other).verify(replace(PROOF, extra=forged))


def test_a_proof_without_its_entry_proves_no_version() -> None:
    with pytest.raises(LogProofMalformed, match="does not carry"):
        HELD.verify(PROOF)


def test_an_entry_that_spends_no_version_proves_none() -> None:
    created = ExtensionCreatedEntry(
        time=parse_entry(ENTRIES[0]).time, extension=ACME, ext_seq=0, ext_prev=None
    ).to_bytes()

    with pytest.raises(EntryMismatch):
        HELD.verify(_proof_of(created), LogPolicy.of(LOG.verifier))


def test_a_logged_leaf_that_is_no_entry_is_refused() -> None:
    with pytest.raises(EntryMalformed):
        verify_log_proof(_proof_of(b"hello"), b"hello", LogPolicy.of(LOG.verifier))


def test_each_bundle_of_an_imported_version_is_proven() -> None:
    older, newer = ContentHash.of(b"older"), ContentHash.of(b"newer")
    imported = VersionImportedEntry(
        time=parse_entry(ENTRIES[0]).time,
        extension=ACME,
        ext_seq=0,
        ext_prev=None,
        version=VersionNumber("1.0.1"),
        bundles=(LoggedBundle(newer, 5), LoggedBundle(older, 5)),
        manifest_hash=ContentHash.of(b"{}"),
    ).to_bytes()

    for content_hash in (newer, older):
        held = _Held(content_hash=content_hash)
        verified = held.verify(_proof_of(imported), LogPolicy.of(LOG.verifier))
        assert verified.entry == parse_entry(imported)
