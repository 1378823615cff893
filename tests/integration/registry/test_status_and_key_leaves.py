"""What is said of a version, and what becomes of a publisher's keys, stands in the transparency log."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from annex_cli.claims import Claim, Status
from annex_cli.log_memory import SeenCheckpoint
from annex_cli.verify_history import check_history
from annex_registry.domain.version_status import StatusChange
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionRow
from annex_shared.messaging.port import Bus
from annex_shared.names import PublisherSlug
from annex_shared.signing import SigningKey
from annex_shared.transparency import (
    KeyChange,
    KeyRotatedEntry,
    LogEntry,
    LogPolicy,
    LogProof,
    VersionStatus,
    VersionStatusEntry,
    leaf_hash,
    parse_entry,
    verify_chain,
    verify_key_chain,
    verify_log_proof,
)
from integration.registry.auditor import Auditor
from integration.registry.test_log import NOTES, forget_log
from integration.registry.world import World

VERSIONS = "/api/v1/extensions/acme/invoice-notes/versions"
STATUS = f"{VERSIONS}/1.4.0/status"
KEYS = "/api/v1/publishers/acme/keys"
ACME = PublisherSlug("acme")


@dataclass(frozen=True)
class Served:
    """The entries as the registry serves them, for the checks of `annex verify`."""

    auditor: Auditor

    async def entries(self, size: int) -> AsyncIterator[bytes]:
        for entry in await self.auditor.entries(size):
            yield entry


async def said(world: World, status: str, reason: str, *, version: str = "1.4.0") -> Any:
    """Say something of a version that must be accepted and return the receipt."""
    answer = await world.ask("POST", f"{VERSIONS}/{version}/status", {"status": status, "reason": reason})
    assert answer.status == 200, answer.body
    return answer.body


def a_key() -> dict[str, str]:
    return {"public_key_pem": SigningKey.generate().public.to_pem().decode()}


async def entries_of(auditor: Auditor, size: int) -> list[LogEntry]:
    await auditor.appeared(size)
    return [parse_entry(entry) for entry in await auditor.entries(size)]


async def verified(world: World, auditor: Auditor) -> Claim:
    """Hold the list of versions against the log, as `annex versions --verify` does."""
    async with world.database() as connection:
        size = await connection.fetchval("SELECT size FROM log_state")
    await auditor.appeared(size)
    note = (await auditor.get("checkpoint")).body
    rows = (await world.ask("GET", VERSIONS)).body["items"]
    return await check_history(
        NOTES,
        [VersionRow.model_validate(row) for row in rows],
        SeenCheckpoint.opened(note, LogPolicy.of(auditor.key)),
        Served(auditor),
    )


def test_the_log_and_the_registry_have_the_same_words() -> None:
    assert {status.value for status in VersionStatus} == {change.value for change in StatusChange}


async def test_what_is_said_of_a_version_is_an_entry_of_its_chain(logged: World, auditor: Auditor) -> None:
    await logged.published()

    for status, reason in [
        ("yanked", "It loses notes."),
        ("active", "It does not."),
        ("blocked", "It leaks."),
    ]:
        await said(logged, status, reason)

    entries = await entries_of(auditor, 5)
    raw = await auditor.entries(5)
    facts = [entry for entry in entries if isinstance(entry, VersionStatusEntry)]
    assert [fact.status.value for fact in facts] == ["yanked", "active", "blocked"]
    assert facts[0].reason_hash == ContentHash.of(b"It loses notes.")
    assert len(verify_chain(raw, extension=NOTES, head=leaf_hash(raw[-1]))) == 5


async def test_every_place_that_tells_a_status_tells_its_index(logged: World) -> None:
    await logged.published()
    receipt = await said(logged, "yanked", "It loses notes.")

    again = await said(logged, "yanked", "It loses notes.")
    listed = await logged.ask("GET", VERSIONS)
    one = await logged.ask("GET", f"{VERSIONS}/1.4.0")
    (event,) = [event for event in await logged.events("registry") if event["type"] == "version.status"]

    assert receipt["log_index"] == again["log_index"] == 2
    assert listed.body["items"][0]["status_log_index"] == one.body["status_log_index"] == 2
    assert listed.body["items"][0]["log_index"] == 1
    assert event["data"]["log_index"] == 2
    assert (await logged.facts())["log_leaf"] == 3


async def test_a_status_is_proven_by_its_index_for_ever_alike(logged: World, auditor: Auditor) -> None:
    await logged.published()
    index = (await said(logged, "yanked", "It loses notes."))["log_index"]
    await auditor.appeared(3)
    proof = await auditor.get(f"proof/{index}")
    await said(logged, "active", "It does not.")
    await auditor.appeared(4)

    later = await auditor.get(f"proof/{index}")
    missing = await auditor.get("proof/99")
    misspelt = await auditor.get("proof/02")

    parsed = LogProof.parse(proof.body)
    assert parsed.extra is not None
    verify_log_proof(parsed, parsed.extra, LogPolicy.of(auditor.key))
    entry = parse_entry(parsed.extra)
    assert isinstance(entry, VersionStatusEntry)
    assert (str(entry.version), entry.status) == ("1.4.0", VersionStatus.YANKED)
    assert later.body == proof.body
    assert proof.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (missing.status, missing.code) == (404, "LOG_NOT_SIGNED")
    assert misspelt.status == 404


async def test_a_rehearsal_and_a_repeat_leave_no_leaf(logged: World) -> None:
    await logged.published()
    await said(logged, "yanked", "It loses notes.")
    before = await logged.facts()

    await logged.ask("POST", STATUS, {"status": "blocked", "reason": "It leaks.", "dry_run": True})
    await said(logged, "yanked", "It loses notes.")

    assert await logged.facts() == before


async def test_keys_are_entries_of_their_publishers_chain(logged: World, auditor: Auditor) -> None:
    await logged.ask("POST", "/api/v1/publishers", {"name": "acme"})
    first = await logged.ask("POST", KEYS, a_key())
    second = await logged.ask("POST", f"{KEYS}/{first.body['key_id']}/rotate", a_key())
    await logged.ask("DELETE", f"{KEYS}/{second.body['key_id']}")
    third = await logged.ask("POST", KEYS, a_key())

    raw_size = 5
    await auditor.appeared(raw_size)
    raw = await auditor.entries(raw_size)
    history = verify_key_chain(raw, publisher=ACME, head=leaf_hash(raw[-1]))
    shown = await logged.ask("GET", "/api/v1/publishers/acme")

    ids = [answer.body["key_id"] for answer in (first, second, third)]
    assert {(entry.key_id, entry.change) for entry in history[1:3]} == {
        (ids[0], KeyChange.REVOKED),
        (ids[1], KeyChange.ADDED),
    }
    assert [(entry.key_id, entry.change) for entry in (history[0], *history[3:])] == [
        (ids[0], KeyChange.ADDED),
        (ids[1], KeyChange.REVOKED),
        (ids[2], KeyChange.ADDED),
    ]
    assert (first.body["log_index"], third.body["log_index"]) == (0, 4)
    assert [key["log_index"] for key in shown.body["keys"]] == [4]


async def test_a_refused_key_leaves_no_leaf(logged: World) -> None:
    await logged.ask("POST", "/api/v1/publishers", {"name": "acme"})
    key = a_key()
    await logged.ask("POST", KEYS, key)
    before = await logged.facts()

    again = await logged.ask("POST", KEYS, key)
    unknown = await logged.ask("DELETE", f"{KEYS}/{'0' * 16}")

    assert (again.code, unknown.code) == ("PUBLISHER_KEY_ALREADY_EXISTS", "PUBLISHER_KEY_NOT_FOUND")
    assert await logged.facts() == before


# From before this was logged.


async def test_facts_from_before_get_their_leaves_once_and_in_order(
    world: World, bus: Bus, auditor: Auditor
) -> None:
    async with world.running(bus):
        await world.ask("POST", "/api/v1/publishers", {"name": "acme"})
        key_id = (await world.ask("POST", KEYS, a_key())).body["key_id"]
        await world.published()
        await said(world, "yanked", "It loses notes.")
        await world.published(version="1.5.0")
        await said(world, "active", "It does not.")
        await world.ask("DELETE", f"{KEYS}/{key_id}")
    await forget_log(world)

    async with world.running(bus, log_key_file=world.log_key_file):
        entries = await entries_of(auditor, 7)
        claim = await verified(world, auditor)
    async with world.running(bus, log_key_file=world.log_key_file):
        again = (await auditor.checkpoint()).checkpoint

    assert [told(entry) for entry in entries] == [
        "key added",
        "extension.created",
        "version.published 1.4.0",
        "1.4.0 yanked",
        "version.published 1.5.0",
        "1.4.0 active",
        "key revoked",
    ]
    assert claim.status is Status.OK
    assert again.size == 7


async def test_a_fact_of_an_older_replica_goes_before_what_is_said_next(
    logged: World, auditor: Auditor
) -> None:
    await logged.published()
    await said(logged, "yanked", "It loses notes.")
    async with logged.database() as connection, connection.transaction():
        await connection.execute(
            "WITH head AS (UPDATE feed_head SET serial = serial + 1 WHERE feed = 'registry' "
            "              RETURNING serial) "
            "INSERT INTO version_status(version_id, serial, status, reason, actor, recorded_at) "
            "SELECT v.id, head.serial, 'blocked', 'It leaks.', 'admin', now() FROM extension_version v, head"
        )

    await said(logged, "deprecated", "Use 1.5.")

    entries = await entries_of(auditor, 5)
    claim = await verified(logged, auditor)
    assert [told(entry) for entry in entries[2:]] == ["1.4.0 yanked", "1.4.0 blocked", "1.4.0 deprecated"]
    assert claim.status is Status.OK


# What somebody with all rights to the database changes is seen by whoever verifies.

FORGERIES = {
    "a yank is hidden": "DELETE FROM version_status",
    "a yank is called a deprecation": "UPDATE version_status SET status = 'deprecated'",
    "a reason is replaced": "UPDATE version_status SET reason = 'Nothing.'",
    "a fact is added that no leaf has": (
        "INSERT INTO version_status(version_id, serial, status, reason, actor, recorded_at) "
        "SELECT version_id, 99, 'active', 'All is well.', 'admin', now() FROM version_status"
    ),
    "a version is hidden behind its yank": (
        "ALTER TABLE version_position DISABLE TRIGGER USER; DELETE FROM version_position WHERE log_index = 1"
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
async def test_a_list_that_contradicts_the_log_is_found(
    logged: World, auditor: Auditor, forgery: str
) -> None:
    await logged.published()
    await logged.published(version="1.5.0")
    await said(logged, "yanked", "It loses notes.")
    honest = await verified(logged, auditor)
    async with logged.database() as connection, connection.transaction():
        await connection.execute("ALTER TABLE version_status DISABLE TRIGGER USER")
        await connection.execute(forgery)

    claim = await verified(logged, auditor)

    assert (honest.status, claim.status) == (Status.OK, Status.FAILED)


def told(entry: LogEntry) -> str:
    match entry:
        case KeyRotatedEntry():
            return f"key {entry.change}"
        case VersionStatusEntry():
            return f"{entry.version} {entry.status}"
        case _:
            version = getattr(entry, "version", None)
            return entry.event if version is None else f"{entry.event} {version}"


async def test_a_late_leaf_is_set_once_and_nothing_else_of_the_fact(logged: World) -> None:
    await logged.published()
    await said(logged, "yanked", "It loses notes.")
    async with logged.database() as connection:
        for statement in (
            "UPDATE version_status SET log_index = 1",
            "UPDATE version_status SET log_index = NULL",
            "UPDATE version_status SET status = 'active'",
            "DELETE FROM version_status",
            "TRUNCATE version_status",
        ):
            with pytest.raises(Exception, match="append-only"):
                await connection.execute(statement)
