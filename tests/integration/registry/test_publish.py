"""Publishing: what a version leaves behind, and what a repeat of the same attempt hears."""

from annex_shared.content_hash import ContentHash
from annex_shared.permissions import Permission
from annex_shared.service_tokens import Caller
from integration.registry.world import ADMIN, OTHER_TENANT, World, bundle, manifest, somebody


async def test_a_published_version_is_told_with_its_hash_and_its_canonical_path(registry: World) -> None:
    content = bundle()

    answer = await registry.publish(content)

    content_hash = ContentHash.of(content)
    extension_id = answer.body["extension"]["id"]
    assert answer.status == 200
    assert "Idempotency-Replayed" not in answer.headers
    assert answer.body["extension"] == {"id": extension_id, "name": "invoice-notes", "publisher": "acme"}
    assert answer.body["version"]["version"] == "1.4.0"
    assert answer.body["contentHash"] == str(content_hash)
    assert answer.body["sizeBytes"] == len(content)
    assert answer.body["canonicalKey"] == (
        f"tenants/{ADMIN.tenant_id}/extensions/{extension_id}/sha256/{content_hash.hex}/bundle.tar.zst"
    )


async def test_publishing_leaves_one_blob_and_no_staged_file(registry: World) -> None:
    content = bundle()

    await registry.publish(content)

    digest = ContentHash.of(content).hex
    assert registry.files() == [f"blobs/sha256/{digest[:2]}/{digest}"]


async def test_a_publish_is_announced_once_with_its_serial(registry: World) -> None:
    receipt = await registry.published(ui={"type": "iframe", "entry": "marker.txt"})

    events = await registry.events("registry")

    assert [event["id"] for event in events] == ["registry/1"]
    assert events[0]["type"] == "version.published"
    assert events[0]["subject"] == "acme/invoice-notes@1.4.0"
    assert events[0]["data"]["version_id"] == receipt["version"]["id"]
    assert events[0]["data"]["content_hash"] == receipt["contentHash"]
    assert (events[0]["data"]["has_ui"], events[0]["data"]["has_handler"]) == (True, True)


async def test_two_versions_of_one_extension_share_its_id(registry: World) -> None:
    first = await registry.published(version="1.4.0")
    second = await registry.published(version="1.5.0")

    assert first["extension"]["id"] == second["extension"]["id"]
    assert first["version"]["id"] != second["version"]["id"]


async def test_the_same_bytes_may_be_a_version_of_two_publishers(registry: World) -> None:
    document = {key: value for key, value in manifest().items() if key != "publisher"}
    content = bundle(document)
    for name in ("rosa", "tom"):
        caller = somebody(*ADMIN.permissions, name=name)
        await registry.ask("POST", "/api/v1/publishers", {"name": f"house of {name}"}, caller=caller)

        answer = await registry.publish(content, caller=caller)

        assert answer.status == 200
        assert answer.body["extension"]["publisher"] == f"house-of-{name}"
    assert len(registry.files()) == 1


# The same attempt again.


async def test_finalizing_again_after_the_commit_replays_the_answer(registry: World) -> None:
    key = await registry.staged(bundle())
    first = await registry.finalize(key)
    facts = await registry.facts()

    again = await registry.finalize(key)

    assert again.status == 200
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body
    assert await registry.facts() == facts


async def test_the_same_idempotency_key_and_body_replay_the_answer(registry: World) -> None:
    key = await registry.staged(bundle())
    headers = {"Idempotency-Key": "attempt-1"}
    first = await registry.finalize(key, headers=headers)

    again = await registry.finalize(key, headers=headers)

    assert (again.status, again.body) == (200, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_an_idempotency_key_of_another_request_is_refused(registry: World) -> None:
    headers = {"Idempotency-Key": "attempt-1"}
    await registry.finalize(await registry.staged(bundle()), headers=headers)
    other = await registry.staged(bundle(version="1.5.0"))
    facts = await registry.facts()

    answer = await registry.finalize(other, headers=headers)

    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await registry.facts() == facts


async def test_two_principals_may_use_one_idempotency_key(registry: World) -> None:
    headers = {"Idempotency-Key": "attempt-1"}
    await registry.finalize(await registry.staged(bundle()), headers=headers)
    other = somebody(*ADMIN.permissions)
    key = await registry.staged(bundle(publisher="globex"), caller=other)

    answer = await registry.finalize(key, caller=other, headers=headers)

    assert answer.status == 200
    assert "Idempotency-Replayed" not in answer.headers


async def test_a_refused_request_frees_its_idempotency_key(registry: World) -> None:
    headers = {"Idempotency-Key": "attempt-1"}
    await registry.published()
    await registry.finalize(await registry.staged(bundle()), headers=headers)
    key = await registry.staged(bundle(version="1.5.0"))

    answer = await registry.finalize(key, headers=headers)

    assert answer.status == 200


async def test_an_idempotency_key_that_nobody_can_read_is_refused(registry: World) -> None:
    key = await registry.staged(bundle())

    answer = await registry.finalize(key, headers={"Idempotency-Key": "k" * 256})

    assert (answer.status, answer.code) == (400, "INVALID_IDEMPOTENCY_KEY")


# Aborting.


async def test_an_aborted_upload_is_gone(registry: World) -> None:
    key = await registry.staged(bundle())

    answer = await registry.ask("POST", "/api/ext-bundles/abort", {"key": key, "reason": "changed my mind"})

    assert (answer.status, answer.body) == (200, {"status": "deleted", "key": key, "area": "staging"})
    assert registry.files() == []
    assert (await registry.finalize(key)).code == "UPLOAD_NOT_FOUND"


async def test_aborting_again_or_too_late_changes_nothing(registry: World) -> None:
    key = await registry.staged(bundle())
    await registry.finalize(key)
    facts = await registry.facts()

    answer = await registry.ask("POST", "/api/ext-bundles/abort", {"key": key})

    assert answer.body["status"] == "noop"
    assert await registry.facts() == facts


# Whose upload it is.


async def test_nobody_else_can_finalize_or_abort_an_upload(registry: World) -> None:
    key = await registry.staged(bundle())
    stranger = somebody(*ADMIN.permissions)
    elsewhere = Caller(ADMIN.principal, OTHER_TENANT, ADMIN.permissions)

    for caller in (stranger, elsewhere):
        finalized = await registry.finalize(key, caller=caller)
        aborted = await registry.ask("POST", "/api/ext-bundles/abort", {"key": key}, caller=caller)

        assert (finalized.status, finalized.code) == (404, "UPLOAD_NOT_FOUND")
        assert aborted.body["status"] == "noop"
    assert (await registry.finalize(key)).status == 200


# Whose publisher it is.


async def test_the_first_publish_of_an_administrator_makes_it_the_owner(registry: World) -> None:
    await registry.published()
    mate = {"principal_id": "mate", "role": "member"}

    added = await registry.ask("POST", "/api/v1/publishers/acme/members", mate)

    assert added.status == 204
    made = (await registry.ask("GET", "/api/v1/publishers/acme")).body
    assert made == {"slug": "acme", "keys": [], "revoked_keys": []}


async def test_a_member_publishes_and_a_stranger_does_not(registry: World) -> None:
    await registry.published()
    permissions = (Permission.EXTENSION_PUBLISH, Permission.EXTENSION_READ)
    member, stranger = somebody(*permissions), somebody(*permissions)
    await registry.ask("POST", "/api/v1/publishers/acme/members", {"principal_id": member.principal})
    facts = await registry.facts()

    refused = await registry.publish(bundle(version="1.5.0"), caller=stranger)

    assert (refused.status, refused.code) == (403, "PUBLISHER_MEMBERSHIP_REQUIRED")
    assert await registry.facts() == facts
    assert (await registry.publish(bundle(version="1.5.0"), caller=member)).status == 200


async def test_a_stranger_is_not_told_whether_a_number_is_spent(registry: World) -> None:
    await registry.published()
    stranger = somebody(Permission.EXTENSION_PUBLISH)

    answer = await registry.publish(bundle(), caller=stranger)

    assert answer.code == "PUBLISHER_MEMBERSHIP_REQUIRED"


async def test_an_unknown_publisher_is_created_for_administrators_only(registry: World) -> None:
    facts = await registry.facts()

    answer = await registry.publish(bundle(), caller=somebody(Permission.EXTENSION_PUBLISH))

    assert (answer.status, answer.code) == (404, "PUBLISHER_NOT_FOUND")
    assert await registry.facts() == facts


async def test_a_manifest_without_publisher_goes_to_the_only_one_of_the_caller(registry: World) -> None:
    document = {key: value for key, value in manifest().items() if key != "publisher"}
    nobody_yet = await registry.publish(bundle(document))
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    with_one = await registry.publish(bundle(document))
    await registry.ask("POST", "/api/v1/publishers", {"name": "globex"})

    with_two = await registry.publish(bundle({**document, "version": "2.0.0"}))

    assert (nobody_yet.status, nobody_yet.code) == (400, "PUBLISHER_NOT_NAMED")
    assert (with_one.status, with_one.body["extension"]["publisher"]) == (200, "acme")
    assert with_two.code == "PUBLISHER_NOT_NAMED"
    assert with_two.body["details"] == {"publishers": ["acme", "globex"]}


async def test_another_spelling_of_a_name_is_not_another_extension(registry: World) -> None:
    await registry.published()
    facts = await registry.facts()

    answer = await registry.publish(bundle(name="invoice.notes", version="9.0.0"))

    assert (answer.status, answer.code) == (409, "EXTENSION_NAME_TAKEN")
    assert answer.body["details"]["existing"] == "acme/invoice-notes"
    assert await registry.facts() == facts
