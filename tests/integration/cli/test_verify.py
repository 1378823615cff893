"""`annex verify`: what holds is said claim by claim, and whatever does not ends with 7."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from annex_shared.bundle import write_bundle
from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionRef
from annex_shared.signing import SigningKey
from annex_shared.transparency import leaf_hash
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import ROOT, SAMPLE, Machine, Ran
from support.little_log import LittleLog

HELLO = "annex-demo/hello"
OTHER = "acme/other"


@pytest.fixture
def log(gateway: Gateway) -> LittleLog:
    """Fill a log so that proofs have components and tiles are partial and full."""
    gateway.log = LittleLog()
    for at in range(300):
        gateway.log.publish(OTHER, f"1.0.{at}", ContentHash.of(b"%d" % at))
    _publish(gateway, "1.0.0", ContentHash.of(SAMPLE.read_bytes()))
    _publish(gateway, "1.1.0", ContentHash.of(b"another"))
    return gateway.log


@pytest.fixture
def machine(tmp_path: Path, gateway: Gateway, log: LittleLog) -> Machine:
    machine = Machine.at(tmp_path).knows(gateway)
    shutil.copy(SAMPLE, machine.work / "hello.tar.zst")
    (machine.work / "hello.tar.zst.proof").write_text(log.proof(gateway.versions[0].log_index or 0))
    return machine


def _publish(gateway: Gateway, version: str, content_hash: ContentHash) -> None:
    assert gateway.log is not None
    index = gateway.log.publish(HELLO, version, content_hash)
    gateway.add_version(version, content_hash, log_index=index)


def _claims(ran: Ran) -> dict[str, str]:
    document: dict[str, Any] = ran.document()
    return {claim["claim"]: claim["status"] for claim in document["data"]["claims"]}


def _seen(machine: Machine) -> bytes:
    (path,) = (machine.folder / "state" / "annex" / "log").glob("*/checkpoint")
    return path.read_bytes()


async def test_bundle_is_verified_claim_by_claim(machine: Machine) -> None:
    ran = await machine.annex("verify", "hello.tar.zst")

    assert ran.code == 0, ran.stderr
    assert "  content     ok         the " in ran.stdout
    assert "  published   ok         entry 302 of log registry.test/annex, tree of 304" in ran.stdout
    assert "not that it is the newest version" in ran.stdout
    assert "  consistent  none       no checkpoint of this log was seen here before" in ran.stdout
    assert "  signed by   none" in ran.stdout


async def test_proof_is_fetched_where_none_is_kept(gateway: Gateway, machine: Machine) -> None:
    (machine.work / "hello.tar.zst.proof").unlink()

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, _claims(ran)["published"]) == (0, "ok")
    assert f"GET /api/v1/extensions/{HELLO}/versions/1.0.0/proof" in gateway.requests


async def test_log_that_grew_is_consistent_with_what_was_seen(gateway: Gateway, machine: Machine) -> None:
    await machine.annex("verify", "hello.tar.zst")
    before = _seen(machine)
    _publish(gateway, "1.2.0", ContentHash.of(b"third"))

    ran = await machine.annex("verify", "hello.tar.zst")

    assert ran.code == 0
    assert (
        "consistent  ok         the tree of 305 only adds to the tree of 304 seen here before" in ran.stdout
    )
    assert _seen(machine) not in (b"", before)


async def test_other_bytes_of_the_same_version_are_refused(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    folder.mkdir()
    manifest = json.loads((ROOT / "examples" / "hello" / "manifest.json").read_text())
    del manifest["api"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "ui").mkdir()
    (folder / "ui" / "index.html").write_text("<p>changed</p>")
    with (machine.work / "hello.tar.zst").open("wb") as file:
        write_bundle(folder, file)

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert ran.code == 7
    assert (_claims(ran)["content"], _claims(ran)["published"]) == ("failed", "failed")
    assert ran.document()["error"]["code"] == "VERIFICATION_FAILED"


async def test_damaged_bundle_is_refused(machine: Machine) -> None:
    data = bytearray(SAMPLE.read_bytes())
    data[len(data) // 2] ^= 1
    (machine.work / "hello.tar.zst").write_bytes(data)

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, _claims(ran)["content"]) == (7, "failed")


async def test_proof_of_another_version_is_refused(
    gateway: Gateway, machine: Machine, log: LittleLog
) -> None:
    (machine.work / "other.proof").write_text(log.proof(gateway.versions[1].log_index or 0))

    ran = await machine.annex("verify", "hello.tar.zst", "--proof", "other.proof")

    assert ran.code == 7
    assert "the log says version 1.1.0, held is 1.0.0" in ran.stdout


async def test_changed_proof_is_refused(machine: Machine) -> None:
    path = machine.work / "hello.tar.zst.proof"
    path.write_text(path.read_text().replace("index 302", "index 303"))

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, _claims(ran)["published"]) == (7, "failed")


async def test_log_signed_by_another_key_is_refused(machine: Machine) -> None:
    ran = await machine.annex("verify", "hello.tar.zst", "--log-vkey", LittleLog().vkey, "--json")

    assert ran.code == 7
    assert (_claims(ran)["published"], _claims(ran)["consistent"]) == ("failed", "failed")
    assert _claims(ran)["signed by"] == "unchecked"


async def test_log_that_was_cut_is_refused_and_what_was_seen_stays(machine: Machine, log: LittleLog) -> None:
    await machine.annex("verify", "hello.tar.zst")
    before = _seen(machine)
    del log.entries[303:]

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, _claims(ran)["consistent"]) == (7, "failed")
    assert _seen(machine) == before


async def test_forked_log_is_refused_and_both_notes_are_kept(
    gateway: Gateway, machine: Machine, log: LittleLog
) -> None:
    await machine.annex("verify", "hello.tar.zst")
    before = _seen(machine)
    log.entries[5] = log.entries[6]
    _publish(gateway, "1.2.0", ContentHash.of(b"third"))

    ran = await machine.annex("verify", "hello.tar.zst")

    assert ran.code == 7
    assert "Both signed notes are kept in" in ran.stdout
    notes = {path.read_bytes() for path in (machine.folder / "state").rglob("*.note")}
    assert notes == {before, log.checkpoint()}
    assert _seen(machine) == before


async def test_two_trees_of_one_size_are_a_fork_offline_too(machine: Machine, log: LittleLog) -> None:
    await machine.annex("verify", "hello.tar.zst")
    log.entries[5] = log.entries[6]
    (machine.work / "hello.tar.zst.proof").write_text(log.proof(302))

    ran = await machine.annex("verify", "hello.tar.zst", "--offline")

    assert ran.code == 7
    assert "they are of one size and have different roots" in ran.stdout


async def test_damaged_memory_is_not_passed_over(machine: Machine) -> None:
    await machine.annex("verify", "hello.tar.zst")
    (path,) = (machine.folder / "state" / "annex" / "log").glob("*/checkpoint")
    path.write_bytes(b"damaged")

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (3, "LOG_MEMORY_UNUSABLE")


async def test_offline_asks_nobody(gateway: Gateway, machine: Machine) -> None:
    ran = await machine.annex("verify", "hello.tar.zst", "--offline", "--json")

    assert (ran.code, _claims(ran)["published"]) == (0, "ok")
    assert gateway.requests == []


async def test_offline_without_a_proof_verifies_nothing(machine: Machine) -> None:
    (machine.work / "hello.tar.zst.proof").unlink()

    ran = await machine.annex("verify", "hello.tar.zst", "--offline", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (3, "FILE_NOT_USABLE")


async def test_without_the_logs_key_nothing_is_verified(machine: Machine) -> None:
    (machine.work / ".annex" / "dev.json").unlink()

    ran = await machine.annex("verify", "hello.tar.zst", "--offline", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (2, "INVALID_USAGE")


async def test_bundle_with_its_proof_needs_no_credential(
    gateway: Gateway, machine: Machine, log: LittleLog
) -> None:
    (machine.work / ".annex" / "dev.json").unlink()

    ran = await machine.annex(
        "verify", "hello.tar.zst", "--gateway", gateway.url, "--log-vkey", log.vkey, "--json"
    )

    assert (ran.code, _claims(ran)["published"]) == (0, "ok")


async def test_log_that_does_not_answer_is_no_broken_claim(gateway: Gateway, machine: Machine) -> None:
    gateway.log_faults = [Fault.BUSY]

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (9, "REGISTRY_BUSY")


async def test_signature_beside_the_bundle_is_held_against_the_keys_given(machine: Machine) -> None:
    mine, other = SigningKey.generate(), SigningKey.generate()
    (machine.work / "mine.pem").write_bytes(mine.to_pem())
    (machine.work / "mine.pub").write_bytes(mine.public.to_pem())
    (machine.work / "other.pub").write_bytes(other.public.to_pem())
    await machine.annex("sign", "hello.tar.zst", "--key-file", "mine.pem")

    unknown = await machine.annex("verify", "hello.tar.zst", "--json")
    right = await machine.annex("verify", "hello.tar.zst", "--publisher-keys", "mine.pub", "--json")
    wrong = await machine.annex("verify", "hello.tar.zst", "--publisher-keys", "other.pub", "--json")

    assert (unknown.code, _claims(unknown)["signed by"]) == (0, "unchecked")
    assert (right.code, _claims(right)["signed by"]) == (0, "ok")
    assert (wrong.code, _claims(wrong)["signed by"]) == (7, "failed")


async def test_extension_is_complete(machine: Machine) -> None:
    ran = await machine.annex("verify", f"{HELLO}@1.0.0")

    assert ran.code == 0, ran.stderr
    assert "content     unchecked  no bundle is here" in ran.stdout
    assert "complete    ok         the 2 versions in the list and no other are in the log" in ran.stdout


async def test_hidden_version_is_found(gateway: Gateway, machine: Machine) -> None:
    del gateway.versions[1]

    ran = await machine.annex("verify", HELLO)

    assert ran.code == 7
    assert "complete    failed     hidden from the list, and in the log: 1.1.0" in ran.stdout


async def test_version_published_twice_is_found(machine: Machine, log: LittleLog) -> None:
    log.publish(HELLO, "1.0.0+again", ContentHash.of(b"second bytes"))

    ran = await machine.annex("verify", HELLO)

    assert ran.code == 7
    assert "was published twice" in ran.stdout


async def test_version_that_is_in_no_log_is_found(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("3.0.0", ContentHash.of(b"smuggled"))

    ran = await machine.annex("versions", HELLO, "--verify")

    assert ran.code == 7
    assert "VERSION" in ran.stdout
    assert "version 3.0.0 is in the list, and not in the log" in ran.stdout


async def test_listed_content_that_the_log_does_not_hold_is_found(gateway: Gateway, machine: Machine) -> None:
    gateway.versions[1] = gateway.versions[1].model_copy(update={"content_hash": ContentHash.of(b"swapped")})

    ran = await machine.annex("versions", HELLO, "--verify", "--json")

    assert (ran.code, _claims(ran)["complete"]) == (7, "failed")


def _say(gateway: Gateway, at: int, status: str, reason: str) -> None:
    """Say something of a version in the log and in the list."""
    assert gateway.log is not None
    row = gateway.versions[at]
    index = gateway.log.say(HELLO, row.version, status, reason)
    listed = "published" if status == "active" else status
    told = {"status": listed, "status_reason": reason, "status_log_index": index}
    gateway.versions[at] = row.model_copy(update=told)


async def test_statuses_that_the_log_gives_are_complete(gateway: Gateway, machine: Machine) -> None:
    _say(gateway, 0, "blocked", "It leaks.")
    _say(gateway, 0, "active", "It does not.")
    _say(gateway, 1, "yanked", "It loses notes.")

    ran = await machine.annex("versions", HELLO, "--verify")

    assert ran.code == 0, ran.stdout
    assert "each number spent once and with the status it has there" in ran.stdout


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        (
            {"status": "published", "status_reason": None, "status_log_index": None},
            "the list says version 1.1.0 is published, the log that it is yanked (entry 304)",
        ),
        (
            {"status": "deprecated"},
            "the list says version 1.1.0 is deprecated, the log that it is yanked (entry 304)",
        ),
        ({"status_reason": "Nothing."}, "another reason for version 1.1.0 being yanked"),
        ({"status_log_index": 303}, "another reason for version 1.1.0 being yanked"),
    ],
    ids=["hidden", "milder", "other-reason", "other-entry"],
)
async def test_listed_status_that_the_log_contradicts_is_found(
    gateway: Gateway, machine: Machine, forged: dict[str, Any], told: str
) -> None:
    _say(gateway, 1, "yanked", "It loses notes.")
    gateway.versions[1] = gateway.versions[1].model_copy(update=forged)

    ran = await machine.annex("verify", HELLO)

    assert ran.code == 7
    assert told in ran.stdout


async def test_listed_status_that_has_no_entry_is_found(gateway: Gateway, machine: Machine) -> None:
    told = {"status": "blocked", "status_reason": "Because."}
    gateway.versions[1] = gateway.versions[1].model_copy(update=told)

    ran = await machine.annex("versions", HELLO, "--verify")

    assert ran.code == 7
    assert "the list says version 1.1.0 is blocked, the log nothing of it" in ran.stdout


async def test_version_hidden_behind_its_yank_is_found(gateway: Gateway, machine: Machine) -> None:
    _say(gateway, 1, "yanked", "It loses notes.")
    del gateway.versions[1]

    ran = await machine.annex("versions", HELLO, "--verify")

    assert ran.code == 7
    assert "hidden from the list, and in the log: 1.1.0" in ran.stdout


async def test_status_newer_than_the_signed_tree_is_not_judged(gateway: Gateway, machine: Machine) -> None:
    told = {"status": "yanked", "status_reason": "New.", "status_log_index": 304}
    gateway.versions[1] = gateway.versions[1].model_copy(update=told)

    ran = await machine.annex("versions", HELLO, "--verify", "--json")

    assert (ran.code, _claims(ran)["complete"]) == (0, "unchecked")


async def test_keys_of_the_publisher_stand_in_its_own_chain(machine: Machine, log: LittleLog) -> None:
    log.change_key("annex-demo", "0123456789abcdef", "added")
    log.change_key("annex-demo", "0123456789abcdef", "revoked")

    whole = await machine.annex("versions", HELLO, "--verify", "--json")
    log.entries[-1] = log.entries[-2]
    forked = await machine.annex("verify", HELLO, "--json")

    assert (whole.code, _claims(whole)["complete"]) == (0, "ok")
    assert (forked.code, _claims(forked)["complete"]) == (7, "unchecked")


@pytest.mark.parametrize(("shown", "code", "status"), [(b"newer", 0, "ok"), (b"older", 7, "failed")])
async def test_imported_version_is_listed_with_the_first_of_its_bundles(
    gateway: Gateway, machine: Machine, log: LittleLog, shown: bytes, code: int, status: str
) -> None:
    index = log.take_over(HELLO, "0.9.0", [ContentHash.of(b"newer"), ContentHash.of(b"older")])
    gateway.add_version("0.9.0", ContentHash.of(shown), log_index=index)

    ran = await machine.annex("versions", HELLO, "--verify", "--json")

    assert (ran.code, _claims(ran)["complete"]) == (code, status)


async def test_bundle_of_an_imported_version_is_verified(machine: Machine, log: LittleLog) -> None:
    log.entries[302:], log.heads[ExtensionRef.parse(HELLO)] = [], (1, leaf_hash(log.entries[301]))
    index = log.take_over(HELLO, "1.0.0", [ContentHash.of(SAMPLE.read_bytes()), ContentHash.of(b"older")])
    (machine.work / "hello.tar.zst.proof").write_text(log.proof(index))

    ran = await machine.annex("verify", "hello.tar.zst", "--json")

    assert (ran.code, _claims(ran)["published"]) == (0, "ok")


async def test_version_newer_than_the_signed_tree_is_not_judged(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("2.0.0", ContentHash.of(b"new"), log_index=304)

    ran = await machine.annex("versions", HELLO, "--verify", "--json")

    assert (ran.code, _claims(ran)["complete"]) == (0, "unchecked")


async def test_extension_that_does_not_exist_is_not_found(gateway: Gateway, machine: Machine) -> None:
    gateway.versions.clear()

    ran = await machine.annex("verify", HELLO, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (5, "EXTENSION_NOT_FOUND")


async def test_publish_keeps_the_proof_that_verify_takes(
    gateway: Gateway, machine: Machine, log: LittleLog
) -> None:
    gateway.versions.clear()
    log.entries.clear()
    log.heads.clear()
    (machine.work / "hello.tar.zst.proof").unlink()

    published = await machine.annex("publish", "hello.tar.zst")
    verified = await machine.annex("verify", "hello.tar.zst", "--offline")

    assert "log entry 1 · proof saved to hello.tar.zst.proof" in published.stdout
    assert (published.code, verified.code) == (0, 0)


async def test_what_exists_is_skipped_when_the_log_proves_it(machine: Machine, log: LittleLog) -> None:
    ran = await machine.annex("publish", "hello.tar.zst", "--skip-existing", "--json")

    assert ran.code == 0, ran.stderr
    data = ran.document()["data"]
    assert (data["result"], data["log_index"]) == ("already_published", 302)
    assert _seen(machine) == log.checkpoint()


async def test_what_exists_is_not_skipped_when_the_log_holds_other_bytes(
    gateway: Gateway, machine: Machine
) -> None:
    other = gateway.versions[1].log_index
    gateway.versions[0] = gateway.versions[0].model_copy(update={"log_index": other})

    ran = await machine.annex("publish", "hello.tar.zst", "--skip-existing", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (7, "VERIFICATION_FAILED")


async def test_what_exists_is_not_skipped_while_the_log_cannot_be_read(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.log_faults = [Fault.BUSY] * 20

    ran = await machine.annex("publish", "hello.tar.zst", "--skip-existing", "--json", "--timeout", "1s")

    assert (ran.code, ran.document()["error"]["code"]) == (6, "VERSION_ALREADY_EXISTS")


async def test_what_exists_is_not_skipped_for_a_log_of_another_key(machine: Machine) -> None:
    ran = await machine.annex(
        "publish", "hello.tar.zst", "--skip-existing", "--log-vkey", LittleLog().vkey, "--json"
    )

    assert (ran.code, ran.document()["error"]["code"]) == (7, "VERIFICATION_FAILED")
