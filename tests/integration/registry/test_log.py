"""The transparency log: a leaf with every version, a proof with every publish, tiles for everybody."""

import asyncio
import hashlib
import json
from itertools import pairwise

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.messaging.port import Bus
from annex_shared.names import ExtensionRef
from annex_shared.permissions import Permission
from annex_shared.signing import SigningKey
from annex_shared.transparency import (
    Tile,
    TileHashes,
    VersionPublishedEntry,
    consistency_proof,
    leaf_hash,
    open_checkpoint,
    parse_entry,
    tree_root,
    verify_chain,
    verify_consistency,
)
from annex_shared.transparency.errors import EntryMismatch
from integration.registry.auditor import Auditor
from integration.registry.world import World, bundle, manifest, signed, somebody

NOTES = ExtensionRef.parse("acme/invoice-notes")
PUBLISHERS = 16
# Roots of the tree of "entry-0", "entry-1", … that other implementations agree on.
ROOT_OF_600 = "7f0ec7722caf48efd8f03f99d574573f7a47a8e97cd480205b9848d0046e1fe6"
ROOTS = {
    1: "40766b2033429026f53d54502679a839706b4741f8dcaf3a8bba5f41b5ffe075",
    255: "45da9f374748e17a372f71c00422b12e2bf96842f1f61c5740fe494e4becff0f",
    256: "f85f4ead34080710b4d1e808301543aaab81aa04deb88599350dc26a4f2f58de",
    257: "918b1cec64f317c76e3cf55c0536841c039eff06772ebb8828ce7c176028b5ac",
    512: "c954999acb64f3b754d9d128d79c6da360d8783539ecaa4acfa7f4b4b20eaafd",
    513: "086688832155761797c0047f40c8f9d84302d9a9af6d2630d890ffb848dd533f",
    600: ROOT_OF_600,
}


async def test_a_publish_is_answered_with_a_proof_that_verifies_offline(
    logged: World, auditor: Auditor
) -> None:
    content = bundle()

    answer = await logged.publish(content)

    verified = auditor.verify(answer.body["proof"], content)
    assert answer.body["logIndex"] == verified.index == 1
    assert verified.entry.seq == 1
    first, _ = await auditor.entries(2)
    assert parse_entry(first).event == "extension.created"


async def test_the_leaf_says_what_was_published_and_who_vouched_for_it(
    logged: World, auditor: Auditor
) -> None:
    key, content = SigningKey.generate(), bundle()
    await logged.ask("POST", "/api/v1/publishers", {"name": "acme"})
    await logged.ask("POST", "/api/v1/publishers/acme/keys", {"public_key_pem": key.public.to_pem().decode()})
    signature = signed(content, key)

    answer = await logged.publish(content, signature=signature)

    entry = auditor.verify(answer.body["proof"], content).entry
    assert isinstance(entry, VersionPublishedEntry)
    assert entry.bundle.size_bytes == len(content)
    assert entry.manifest_hash == ContentHash.of(json.dumps(manifest()).encode())
    assert (entry.signer, entry.signature) == (key.public.key_id, signature["text"].encode())


async def test_every_place_that_tells_of_a_version_tells_its_index(logged: World) -> None:
    await logged.published()
    receipt = await logged.published(version="1.5.0")

    duplicate = await logged.publish(bundle(version="1.5.0"))
    listed = await logged.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions")
    one = await logged.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.5.0")
    events = await logged.events("registry")

    assert receipt["logIndex"] == 2
    assert duplicate.body["details"]["log_index"] == 2
    assert [row["log_index"] for row in listed.body["items"]] == [2, 1]
    assert one.body["log_index"] == 2
    assert [event["data"]["log_index"] for event in events] == [1, 2]


async def test_a_replay_hears_the_same_proof_also_after_the_log_grew(logged: World) -> None:
    key = await logged.staged(bundle())
    first = await logged.finalize(key)
    await logged.published(version="1.5.0")

    again = await logged.finalize(key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body
    assert first.body["proof"] is not None


async def test_the_proof_of_a_version_is_against_the_newest_checkpoint(
    logged: World, auditor: Auditor
) -> None:
    content = bundle()
    await logged.published(content)
    await logged.published(version="1.5.0")

    answer = await logged.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof")
    refused = await logged.ask(
        "GET",
        "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof",
        caller=somebody(Permission.EXTENSION_PUBLISH),
    )

    verified = auditor.verify(answer.body, content)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert verified.accepted.checkpoint == (await auditor.checkpoint()).checkpoint
    assert verified.accepted.checkpoint.size == 3
    assert refused.code == "PERMISSION_DENIED"


async def test_a_proof_is_of_one_bundle_only(logged: World, auditor: Auditor) -> None:
    receipt = await logged.published()

    with pytest.raises(EntryMismatch) as refusal:
        auditor.verify(receipt["proof"], b"other bytes")

    assert refusal.value.details["field"] == "bundle"


async def test_sixteen_publishers_at_once_leave_one_leaf_each_and_a_whole_chain(
    logged: World, auditor: Auditor
) -> None:
    contents = {f"1.{minor}.0": bundle(version=f"1.{minor}.0") for minor in range(PUBLISHERS)}
    keys = {version: await logged.staged(content) for version, content in contents.items()}

    answers = dict(
        zip(keys, await asyncio.gather(*(logged.finalize(key) for key in keys.values())), strict=True)
    )

    indexes = {
        auditor.verify(answer.body["proof"], contents[version], version=version).index
        for version, answer in answers.items()
    }
    checkpoint, root = await auditor.rebuilt()
    entries = await auditor.entries(checkpoint.size)
    assert indexes == set(range(1, PUBLISHERS + 1))
    assert (checkpoint.size, checkpoint.root) == (PUBLISHERS + 1, root)
    history = verify_chain(entries, extension=NOTES, head=leaf_hash(entries[-1]))
    assert len(history) == PUBLISHERS + 1
    assert (await logged.facts())["log_leaf"] == PUBLISHERS + 1


async def test_every_checkpoint_that_was_signed_is_consistent_with_the_next(
    logged: World, auditor: Auditor
) -> None:
    for name in ("notes", "bills"):
        for minor in range(3):
            await logged.published(name=name, version=f"1.{minor}.0")
    async with logged.database() as connection:
        notes = await connection.fetch("SELECT note FROM log_checkpoint ORDER BY size")

    checkpoints = [open_checkpoint(row["note"].encode(), [auditor.key]).checkpoint for row in notes]

    size = checkpoints[-1].size
    assert size == 8
    assert len([checkpoint for checkpoint in checkpoints if checkpoint.size]) >= 6
    for old, new in pairwise([checkpoint for checkpoint in checkpoints if checkpoint.size]):
        tiles = {tile: await auditor.tile(tile) for tile in (await auditor.hashes(new.size))}
        proof = consistency_proof(old.size, new.size, TileHashes(new.size, tiles))
        verify_consistency(old.size, old.root, new.size, new.root, proof)


async def test_a_refused_duplicate_leaves_no_leaf(logged: World) -> None:
    await logged.published()
    before = await logged.facts()

    answer = await logged.publish(bundle(marker=b"other"))

    assert answer.status == 409
    assert (await logged.facts())["log_leaf"] == before["log_leaf"] == 2


@pytest.mark.usefixtures("logged")
async def test_an_empty_log_is_signed_at_once(auditor: Auditor) -> None:
    checkpoint = await auditor.appeared(0)

    answer = await auditor.get("checkpoint")
    assert checkpoint.root == hashlib.sha256(b"").digest()
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_tiles_are_those_of_the_specification(logged: World, auditor: Auditor) -> None:
    await append(logged, 600)

    checkpoint = await auditor.appeared(600)
    tiles = await auditor.hashes(600)
    answers = {path: await auditor.get(path) for path in ("tile/0/001", "tile/0/002.p/88")}

    assert checkpoint.root.hex() == ROOT_OF_600
    assert [tile.path() for tile in tiles] == [
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/88",
        "tile/1/000.p/2",
    ]
    assert tiles[Tile(1, 0, 2)].hex() == (
        "f85f4ead34080710b4d1e808301543aaab81aa04deb88599350dc26a4f2f58de"
        "314bf512b15f0c671495091502fe0128534587a047a4cf04466cadfa7483cc1d"
    )
    for size, root in ROOTS.items():
        assert tree_root(size, TileHashes(size, await auditor.hashes(size))).hex() == root
    assert answers["tile/0/001"].headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answers["tile/0/002.p/88"].headers["cache-control"] == "public, max-age=300"
    assert await auditor.entries(600) == [f"entry-{index}".encode() for index in range(600)]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/002.p/89",
        "tile/1/000",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/0/003.p/1",
        "tile/entries/002",
        "tile/entries/002.p/89",
        "tile/0/2",
        "tile/0/002.p/0",
        "tile/0/002.p/256",
        "tile/x/000",
        "tile/0/000/",
        "tile/64/000",
    ],
)
async def test_what_is_not_signed_or_not_spelled_so_is_no_tile(
    logged: World, auditor: Auditor, path: str
) -> None:
    await append(logged, 600)
    await auditor.appeared(600)

    answer = await auditor.get(path)

    assert (answer.status, answer.code) == (404, "LOG_TILE_NOT_FOUND")


async def test_the_log_is_closed_to_who_is_no_service(logged: World) -> None:
    async with logged.session.get(f"{logged.url}/log/checkpoint") as answer:
        status = answer.status

    assert status == 401


# Without a key, and from before the log.


async def test_without_a_key_a_publish_is_committed_and_says_that_nothing_proves_it(
    registry: World, auditor: Auditor
) -> None:
    answer = await registry.publish()
    proof = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof")
    checkpoint = await auditor.get("checkpoint")
    ready = await registry.ask("GET", "/readyz")

    assert answer.status == 200
    assert (answer.body["logIndex"], answer.body["proof"]) == (1, None)
    assert (proof.status, proof.code) == (404, "LOG_NOT_SIGNED")
    assert (checkpoint.status, checkpoint.code) == (404, "LOG_NOT_SIGNED")
    assert ready.body["checks"]["transparency_log"] == {"ok": True, "state": "no key"}


async def test_a_key_that_comes_later_signs_what_was_kept(world: World, bus: Bus, auditor: Auditor) -> None:
    content = bundle()
    async with world.running(bus):
        await world.published(content)

    async with world.running(bus, log_key_file=world.log_key_file):
        await auditor.appeared(2)
        proof = await world.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0/proof")

    assert auditor.verify(proof.body, content).index == 1


async def test_versions_from_before_the_log_get_their_leaves_at_the_next_start(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    contents = {version: bundle(version=version) for version in ("1.4.0", "1.5.0")}
    async with world.running(bus):
        for content in contents.values():
            await world.published(content)
        await forget_log(world)

    async with world.running(bus, log_key_file=world.log_key_file):
        receipt = await world.published(version="1.6.0")
        listed = await world.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions")
        for version, content in contents.items():
            proof = await world.ask("GET", f"/api/v1/extensions/acme/invoice-notes/versions/{version}/proof")
            auditor.verify(proof.body, content, version=version)
        entries = await auditor.entries(4)

    assert receipt["logIndex"] == 3
    assert [row["log_index"] for row in listed.body["items"]] == [3, 2, 1]
    verify_chain(entries, extension=NOTES, head=leaf_hash(entries[-1]))


async def test_a_version_whose_bytes_are_gone_is_left_out_of_the_log(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    async with world.running(bus):
        await world.published()
        kept = await world.published(version="1.5.0")
        await forget_log(world)
    digest = ContentHash.of(bundle()).hex
    (world.folder / "bundles" / "blobs" / "sha256" / digest[:2] / digest).unlink()

    async with world.running(bus, log_key_file=world.log_key_file):
        await auditor.appeared(2)
        listed = await world.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions")

    assert kept["logIndex"] == 2
    assert [row["log_index"] for row in listed.body["items"]] == [1, None]


async def append(world: World, count: int) -> None:
    async with world.database() as connection, connection.transaction():
        for index in range(count):
            await connection.execute("SELECT log_append($1)", f"entry-{index}".encode())


async def forget_log(world: World) -> None:
    """Make the database what it was before the migration that brought the log."""
    guarded = ("version_position", "version_status", "publisher_key_leaf", "log_leaf", "log_state")
    async with world.database() as connection, connection.transaction():
        for table in guarded:
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await connection.execute("UPDATE version_position SET log_index = NULL")
        await connection.execute("UPDATE version_status SET log_index = NULL")
        await connection.execute("DELETE FROM publisher_key_leaf; DELETE FROM publisher_head")
        await connection.execute("DELETE FROM log_leaf")
        await connection.execute("UPDATE log_state SET size = 0, frontier = '{}', root = sha256('')")
        await connection.execute("UPDATE extension_head SET next_log_seq = 0, last_leaf_hash = NULL")
        await connection.execute(
            "ALTER TABLE version_position ENABLE ALWAYS TRIGGER zz_append_only, "
            "ENABLE ALWAYS TRIGGER zz_only_late_leaf, ENABLE ALWAYS TRIGGER zz_no_truncate"
        )
        await connection.execute(
            "ALTER TABLE version_status ENABLE ALWAYS TRIGGER zz_append_only, "
            "ENABLE ALWAYS TRIGGER zz_only_late_leaf, ENABLE ALWAYS TRIGGER zz_no_truncate"
        )
        await connection.execute(
            "ALTER TABLE publisher_key_leaf ENABLE ALWAYS TRIGGER zz_append_only, "
            "ENABLE ALWAYS TRIGGER zz_no_truncate"
        )
        await connection.execute(
            "ALTER TABLE log_leaf ENABLE ALWAYS TRIGGER zz_append_only, ENABLE ALWAYS TRIGGER zz_no_truncate"
        )
        await connection.execute(
            "ALTER TABLE log_state ENABLE ALWAYS TRIGGER zz_only_grows, ENABLE ALWAYS TRIGGER zz_no_delete"
        )
