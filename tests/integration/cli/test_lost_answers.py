"""Publishing when answers get lost: the matrix of what a second run finds, and what it ends with."""

import json
import shutil
import signal

import pytest

from annex_shared.content_hash import ContentHash
from integration.cli.gateway import Fault, Gateway
from integration.cli.program import SAMPLE, Machine, finished

UPLOAD = "POST /api/ext-bundles/upload-proxy"
FINALIZE = "POST /api/ext-bundles/finalize"
# Long enough for three tries, so that no test waits for the longest pause.
BRIEF = "--timeout=3s"
OTHER_BYTES = ContentHash.of(b"another publisher's bundle")


async def test_publish_is_committed_once_and_its_attempt_is_forgotten(
    gateway: Gateway, machine: Machine
) -> None:
    ran = await machine.annex("publish", str(SAMPLE), "--json")

    document = ran.document()
    assert ran.code == 0
    assert document["data"]["result"] == "published"
    assert document["data"]["content_hash"] == str(gateway.versions[0].content_hash)
    assert gateway.commits == 1
    assert machine.attempts == []


async def test_success_that_was_seen_is_refused_the_second_time(gateway: Gateway, machine: Machine) -> None:
    await machine.annex("publish", str(SAMPLE))

    ran = await machine.annex("publish", str(SAMPLE), "--json")

    assert ran.code == 6
    error = ran.document()["error"]
    assert (error["code"], error["http_status"]) == ("VERSION_ALREADY_EXISTS", 409)
    assert error["details"]["same_content"] is True
    assert gateway.commits == 1
    assert machine.attempts == []


async def test_answer_lost_once_is_repeated_within_the_run(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.CUT_AFTER_COMMIT]

    ran = await machine.annex("publish", str(SAMPLE), "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "recovered")
    assert gateway.commits == 1
    assert len(gateway.uploads) == 1


async def test_request_cut_before_the_commit_is_repeated_and_publishes(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.finalize_faults = [Fault.CUT_BEFORE_COMMIT]

    ran = await machine.annex("publish", str(SAMPLE), "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "published")
    assert gateway.commits == 1


async def test_proxy_page_in_place_of_the_answer_is_settled(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.FOREIGN_PAGE_AFTER_COMMIT]

    ran = await machine.annex("publish", str(SAMPLE), "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "recovered")
    assert gateway.commits == 1


async def test_all_answers_lost_after_the_commit_is_settled_by_reading(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.finalize_faults = [Fault.CUT_AFTER_COMMIT, *[Fault.CUT_BEFORE_COMMIT] * 2]

    ran = await machine.annex("publish", str(SAMPLE), BRIEF, "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "recovered")
    assert gateway.commits == 1


async def test_attempt_that_never_landed_is_given_up_and_nothing_can_follow(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.finalize_faults = [Fault.CUT_BEFORE_COMMIT] * 3

    ran = await machine.annex("publish", str(SAMPLE), BRIEF, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (9, "NOTHING_PUBLISHED")
    assert ran.document()["error"]["retryable"] is True
    assert [upload.state for upload in gateway.uploads.values()] == ["aborted"]
    assert gateway.commits == 0
    assert machine.attempts == []


async def test_platform_that_hangs_is_settled_after_the_timeout(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.HANG_BEFORE_COMMIT]

    ran = await machine.annex("publish", str(SAMPLE), "--json", "--timeout", "1s")

    assert (ran.code, ran.document()["error"]["code"]) == (9, "NOTHING_PUBLISHED")


@pytest.mark.parametrize("fault", [Fault.CUT_AFTER_COMMIT, Fault.CUT_BEFORE_COMMIT])
async def test_outcome_that_cannot_be_settled_is_10_and_keeps_the_attempt(
    gateway: Gateway, machine: Machine, fault: Fault
) -> None:
    gateway.finalize_faults = [fault] * 9
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9

    ran = await machine.annex("publish", str(SAMPLE), BRIEF, "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (10, "OUTCOME_UNKNOWN")
    assert len(machine.attempts) == 1
    assert machine.attempts[0].stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("fault", "result"), [(Fault.CUT_AFTER_COMMIT, "recovered"), (Fault.CUT_BEFORE_COMMIT, "published")]
)
async def test_run_after_an_unknown_outcome_settles_it(
    gateway: Gateway, machine: Machine, fault: Fault, result: str
) -> None:
    gateway.finalize_faults = [fault] * 9
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9
    await machine.annex("publish", str(SAMPLE), BRIEF)
    gateway.finalize_faults, gateway.other_faults = [], []

    ran = await machine.annex("publish", str(SAMPLE), BRIEF, "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, result)
    assert gateway.commits == 1
    assert len(gateway.uploads) == 1
    assert machine.attempts == []


async def test_unreachable_platform_after_an_unknown_outcome_stays_unknown(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.finalize_faults = [Fault.CUT_AFTER_COMMIT] * 9
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9
    await machine.annex("publish", str(SAMPLE), BRIEF)
    attempt = json.loads(machine.attempts[0].read_text())
    gateway.finalize_faults = [Fault.RATE_LIMITED] * 9
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9

    ran = await machine.annex("publish", str(SAMPLE), "--timeout", "2s")

    assert ran.code == 10
    assert json.loads(machine.attempts[0].read_text()) == attempt


async def test_lost_state_folder_is_a_conflict_that_names_the_likely_reason(
    gateway: Gateway, machine: Machine
) -> None:
    await machine.annex("publish", str(SAMPLE))
    shutil.rmtree(machine.folder / "state")

    ran = await machine.annex("publish", str(SAMPLE))

    assert ran.code == 6
    assert "the same content, most likely your earlier attempt" in ran.stderr
    assert f"annex publish {SAMPLE} --skip-existing" in ran.stderr
    assert gateway.commits == 1


async def test_skip_existing_succeeds_for_the_same_content(gateway: Gateway, machine: Machine) -> None:
    await machine.annex("publish", str(SAMPLE))

    ran = await machine.annex("publish", str(SAMPLE), "--skip-existing", "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "already_published")
    assert gateway.commits == 1


async def test_skip_existing_never_hides_different_content(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("1.0.0", OTHER_BYTES)

    ran = await machine.annex("publish", str(SAMPLE), "--skip-existing", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (6, "VERSION_ALREADY_EXISTS")
    assert gateway.commits == 0


async def test_skip_existing_does_not_trust_what_it_cannot_read(gateway: Gateway, machine: Machine) -> None:
    await machine.annex("publish", str(SAMPLE), BRIEF)
    gateway.other_faults = [Fault.CUT_BEFORE_COMMIT] * 9

    ran = await machine.annex("publish", str(SAMPLE), BRIEF, "--skip-existing", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (6, "VERSION_ALREADY_EXISTS")


async def test_skip_existing_does_not_skip_a_busy_platform(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.RATE_LIMITED] * 9

    ran = await machine.annex("publish", str(SAMPLE), "--skip-existing", "--json", "--timeout", "1s")

    assert (ran.code, ran.document()["error"]["code"]) == (8, "RATE_LIMITED")


async def test_other_bytes_that_won_are_shown_beside_ours(gateway: Gateway, machine: Machine) -> None:
    gateway.add_version("1.0.0", OTHER_BYTES)

    ran = await machine.annex("publish", str(SAMPLE))

    assert ran.code == 6
    assert OTHER_BYTES.short in ran.stderr
    assert ContentHash.of(SAMPLE.read_bytes()).short in ran.stderr
    assert "(different content)" in ran.stderr


async def test_own_key_recovers_on_a_machine_without_the_attempt(gateway: Gateway, machine: Machine) -> None:
    await machine.annex("publish", str(SAMPLE), "--idempotency-key", "pipeline-17")
    shutil.rmtree(machine.folder / "state")

    ran = await machine.annex("publish", str(SAMPLE), "--idempotency-key", "pipeline-17", "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "recovered")
    assert gateway.commits == 1


async def test_own_key_spent_on_other_bytes_is_refused(gateway: Gateway, machine: Machine) -> None:
    await machine.annex("publish", str(SAMPLE), "--idempotency-key", "pipeline-17")
    gateway.versions = []
    gateway.add_version("1.0.0", OTHER_BYTES)
    shutil.rmtree(machine.folder / "state")

    ran = await machine.annex("publish", str(SAMPLE), "--idempotency-key", "pipeline-17", "--json")

    assert (ran.code, ran.document()["error"]["code"]) == (3, "IDEMPOTENCY_KEY_REUSED")


async def test_platform_that_is_not_there_changed_nothing(gateway: Gateway, machine: Machine) -> None:
    environment = {"ANNEX_TOKEN": "annex_x_1", "ANNEX_GATEWAY": "http://127.0.0.1:9"}
    lonely = Machine(machine.folder, machine.environment | environment)

    ran = await lonely.annex("publish", str(SAMPLE), "--json", "--timeout", "1s")

    error = ran.document()["error"]
    assert (ran.code, error["code"], error["details"]["phase"]) == (9, "PLATFORM_UNREACHABLE", "connect")
    assert gateway.requests == []
    assert lonely.attempts == []


async def test_upload_cut_on_its_way_is_sent_again(gateway: Gateway, machine: Machine) -> None:
    gateway.upload_faults = [Fault.CUT_BEFORE_COMMIT, Fault.BUSY]

    ran = await machine.annex("publish", str(SAMPLE), "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "published")


async def test_attempt_is_on_disk_before_the_first_byte(gateway: Gateway, machine: Machine) -> None:
    gateway.upload_faults = [Fault.HANG_BEFORE_COMMIT]

    process = await machine.start("publish", str(SAMPLE))
    await gateway.heard(UPLOAD)
    kept = [json.loads(path.read_text()) for path in machine.attempts]
    process.kill()
    await finished(process)

    assert [(attempt["version"], attempt["upload_key"], attempt["is_sent"]) for attempt in kept] == [
        ("1.0.0", None, False)
    ]


async def test_killed_after_sending_the_next_run_recovers(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.CUT_AFTER_COMMIT, Fault.HANG_BEFORE_COMMIT]
    process = await machine.start("publish", str(SAMPLE))
    await gateway.heard(FINALIZE, times=2)
    process.kill()
    await finished(process)

    ran = await machine.annex("publish", str(SAMPLE), "--json")

    assert (ran.code, ran.document()["data"]["result"]) == (0, "recovered")
    assert gateway.commits == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_stopping_while_sent_says_that_it_can_still_land(
    gateway: Gateway, machine: Machine, number: signal.Signals, code: int
) -> None:
    gateway.finalize_faults = [Fault.HANG_BEFORE_COMMIT]
    process = await machine.start("publish", str(SAMPLE))
    await gateway.heard(FINALIZE)
    process.send_signal(number)

    ran = await finished(process)

    assert ran.code == code
    assert "may still be published; run the same command again to settle it" in ran.stderr
    assert len(machine.attempts) == 1


async def test_stopping_before_it_is_sent_says_that_nothing_changed(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.upload_faults = [Fault.HANG_BEFORE_COMMIT]
    process = await machine.start("publish", str(SAMPLE), "--json")
    await gateway.heard(UPLOAD)
    process.send_signal(signal.SIGINT)

    ran = await finished(process)

    assert (ran.code, ran.document()["error"]["code"]) == (130, "INTERRUPTED")
    assert ran.document()["error"]["message"] == "Stopped. Nothing was changed."


async def test_second_process_does_not_join_an_attempt(gateway: Gateway, machine: Machine) -> None:
    gateway.finalize_faults = [Fault.HANG_BEFORE_COMMIT]
    first = await machine.start("publish", str(SAMPLE))
    await gateway.heard(FINALIZE)

    second = await machine.annex("publish", str(SAMPLE), "--json")

    first.kill()
    await finished(first)
    assert (second.code, second.document()["error"]["code"]) == (9, "PUBLISH_IN_PROGRESS")


async def test_waiting_for_a_version_to_be_seen_never_makes_a_failure_of_a_publish(
    gateway: Gateway, machine: Machine
) -> None:
    gateway.other_faults = [Fault.BUSY]
    seen = await machine.annex("publish", str(SAMPLE), "--wait", "--json")
    gateway.versions.clear()
    gateway.uploads.clear()
    gateway.other_faults = [Fault.BUSY] * 100
    unseen = await machine.annex(
        "publish", str(SAMPLE), "--wait", "--idempotency-key", "other", "--timeout=1s", "--json"
    )

    assert (seen.code, unseen.code) == (0, 0)
    assert seen.document()["data"]["visible_seconds"] is not None
    assert unseen.document()["data"]["visible_seconds"] is None
    assert [warned["code"] for warned in unseen.document()["warnings"]][-1] == "NOT_VISIBLE_YET"
