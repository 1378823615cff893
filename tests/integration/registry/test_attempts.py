"""Which repeat is the same attempt and which is another one: every row of the table, on both ways in."""

import asyncio
import base64
from collections import Counter
from dataclasses import replace

import pytest

from annex_shared.content_hash import ContentHash
from annex_shared.signing import SigningKey
from integration.registry.waiting import until_somebody_waits
from integration.registry.world import (
    ADMIN,
    OTHER_TENANT,
    READ_WRITE,
    World,
    bundle,
    manifest,
    signed,
    somebody,
)

KEY = SigningKey.generate()


async def test_a_one_shot_publish_answers_with_the_version_it_made(registry: World) -> None:
    content = bundle()

    answer = await registry.publish_at_once(content, key="once")

    version = answer.body["version"]
    assert answer.status == 201
    assert answer.body["extension"] == "acme/invoice-notes"
    assert version == {
        "version_id": version["version_id"],
        "version": "1.4.0",
        "published_at": version["published_at"],
        "content_hash": str(ContentHash.of(content)),
        "size_bytes": len(content),
        "status": "published",
        "status_reason": None,
        "status_log_index": None,
        "signer": None,
        "log_index": 1,  # after the leaf of the extension itself
        "bundle_count": 1,
        "installed": False,
        "imported": False,
    }
    listed = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0")
    assert {name: listed.body[name] for name in version} == version


async def test_a_session_finalized_again_replays_its_answer(registry: World) -> None:
    upload = await registry.uploaded(bundle())
    first = await registry.ask("POST", f"{upload}/finalize", {})
    facts = await registry.facts()

    again = await registry.ask("POST", f"{upload}/finalize", {})

    assert (first.status, again.status) == (201, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body
    assert await registry.facts() == facts


async def test_a_one_shot_repeated_with_its_key_replays_its_answer(registry: World) -> None:
    first = await registry.publish_at_once(bundle(), key="once")
    facts = await registry.facts()

    again = await registry.publish_at_once(bundle(), key="once")

    assert (first.status, again.status) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.body == first.body
    assert await registry.facts() == facts


async def test_a_fresh_machine_with_the_same_key_and_bytes_replays(registry: World) -> None:
    headers = {"Idempotency-Key": "once"}
    first = await registry.finalize(await registry.staged(bundle()), headers=headers)
    facts = await registry.facts()
    uploaded_again = await registry.staged(bundle())

    again = await registry.finalize(uploaded_again, headers=headers)

    assert (again.status, again.body) == (200, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert {**await registry.facts(), "files": 0} == {**facts, "files": 0}
    seen = await registry.ask("GET", f"/api/v1/uploads/{uploaded_again.split('/')[2]}")
    assert seen.body["state"] == "published"
    assert seen.body["publication"]["upload_id"] == first.body["uploadId"]


async def test_a_key_with_other_bytes_is_refused(registry: World) -> None:
    await registry.publish_at_once(bundle(), key="once")
    facts = await registry.facts()

    answers = [
        await registry.publish_at_once(bundle(marker=b"other"), key="once"),
        await registry.publish_at_once(bundle(version="1.5.0"), key="once"),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(422, "IDEMPOTENCY_KEY_REUSED")}
    assert await registry.facts() == facts


async def test_a_key_at_another_address_is_refused(registry: World) -> None:
    await registry.publish_at_once(bundle(), key="once")
    facts = await registry.facts()

    answer = await registry.publish_at_once(bundle(), to="acme/other", key="once")

    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await registry.facts() == facts


async def test_a_key_with_another_signature_is_refused(registry: World) -> None:
    content = bundle()
    headers = {"Idempotency-Key": "once"}
    await registry.finalize(await registry.staged(content), headers=headers)
    other = await registry.staged(content)

    answer = await registry.finalize(other, headers=headers, signature=signed(content, KEY))

    assert (answer.status, answer.code) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("way", ["one-shot", "session", "predecessor"])
async def test_a_key_whose_first_request_still_runs_is_told_to_wait(registry: World, way: str) -> None:
    key = await registry.staged(bundle())
    upload = await registry.uploaded(bundle())
    headers = {"Idempotency-Key": "once"}
    async with registry.database() as connection, connection.transaction():
        # The first request stops here: it has its key and waits for the feed that somebody else holds.
        await connection.execute("SELECT FROM feed_head WHERE feed = 'registry' FOR UPDATE")
        first = asyncio.create_task(registry.publish_at_once(bundle(), key="once"))
        await until_somebody_waits(connection)
        match way:
            case "one-shot":
                second = await registry.publish_at_once(bundle(), key="once")
            case "session":
                second = await registry.ask("POST", f"{upload}/finalize", {}, headers=headers)
            case _:
                second = await registry.finalize(key, headers=headers)

    assert (second.status, second.code) == (409, "IDEMPOTENCY_IN_PROGRESS")
    assert second.headers["retry-after"] == "1"
    assert second.body["retryable"] is True
    assert (await first).status == 201
    assert (await registry.facts())["extension_version"] == 1


@pytest.mark.parametrize("is_same", [True, False], ids=["same-bytes", "other-bytes"])
@pytest.mark.parametrize("key", [None, "another"])
async def test_without_the_winners_key_a_spent_number_is_refused(
    registry: World, key: str | None, *, is_same: bool
) -> None:
    await registry.publish_at_once(bundle(), key="once")
    facts = await registry.facts()

    answer = await registry.publish_at_once(bundle(marker=b"-" if is_same else b"other"), key=key)

    assert (answer.status, answer.code) == (409, "VERSION_ALREADY_EXISTS")
    assert answer.body["details"]["same_content"] is is_same
    assert await registry.facts() == facts


async def test_a_new_session_for_a_spent_number_is_refused_and_remembered(registry: World) -> None:
    content = bundle()
    await registry.publish_at_once(content, key="once")
    upload = await registry.uploaded(content)
    facts = {**await registry.facts(), "files": 1}

    refused = await registry.ask("POST", f"{upload}/finalize", {})

    again = await registry.ask("POST", f"{upload}/finalize", {})
    seen = await registry.ask("GET", upload)
    assert (refused.status, refused.code) == (409, "VERSION_ALREADY_EXISTS")
    assert (again.status, again.body) == (409, refused.body)
    assert seen.body["state"] == "refused"
    assert seen.body["refusal"] == {
        "code": "VERSION_ALREADY_EXISTS",
        "message": refused.body["message"],
        "details": refused.body["details"],
    }
    assert await registry.facts() == facts


async def test_a_refused_key_is_not_kept_and_may_publish_later(registry: World) -> None:
    await registry.publish_at_once(bundle(), key="first")
    refused = await registry.publish_at_once(bundle(marker=b"other"), key="second")

    answer = await registry.publish_at_once(bundle(version="1.4.1"), key="second")

    assert (refused.status, answer.status) == (409, 201)


async def test_after_a_lost_answer_the_outcome_is_there_to_be_read(registry: World) -> None:
    content = bundle()
    upload = await registry.uploaded(content)
    published = await registry.ask("POST", f"{upload}/finalize", {})

    seen = await registry.ask("GET", upload)
    version = await registry.ask("GET", "/api/v1/extensions/acme/invoice-notes/versions/1.4.0")

    assert seen.body["state"] == "published"
    assert seen.body["publication"] == published.body
    assert version.body["content_hash"] == str(ContentHash.of(content))


async def test_the_outcome_of_a_one_shot_is_there_to_be_read(registry: World) -> None:
    published = await registry.publish_at_once(bundle())

    seen = await registry.ask("GET", f"/api/v1/uploads/{published.body['upload_id']}")

    assert (seen.body["state"], seen.body["publication"]) == ("published", published.body)


async def test_two_principals_may_use_one_key(registry: World) -> None:
    await registry.publish_at_once(bundle(), key="once")
    other = somebody(*ADMIN.permissions)

    answer = await registry.publish_at_once(
        bundle(publisher="globex"), to="globex/invoice-notes", key="once", caller=other
    )

    assert answer.status == 201
    assert "Idempotency-Replayed" not in answer.headers


# What is wrong with a one-shot publish.


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content-type": "application/zip"}, 415, "BUNDLE_TYPE_REFUSED"),
        ({"content-digest": "sha-512=:AAAA:"}, 400, "INVALID_CONTENT_DIGEST"),
        ({"content-digest": "sha-256=abc"}, 400, "INVALID_CONTENT_DIGEST"),
        ({"content-digest": f"sha-256=:{'A' * 43}=:"}, 400, "HASH_MISMATCH"),
        ({"idempotency-key": "\u00e9"}, 400, "INVALID_IDEMPOTENCY_KEY"),
        ({"idempotency-key": "k" * 256}, 400, "INVALID_IDEMPOTENCY_KEY"),
        ({"x-annex-signature": "?"}, 400, "SIGNATURE_MALFORMED"),
        ({"x-annex-signature": "e30="}, 400, "SIGNATURE_MALFORMED"),
    ],
)
async def test_a_bad_one_shot_is_refused_and_nothing_is_left(
    registry: World, headers: dict[str, str], status: int, code: str
) -> None:
    facts = await registry.facts()

    answer = await registry.publish_at_once(bundle(), headers=headers)

    assert (answer.status, answer.code) == (status, code)
    assert await registry.facts() == facts
    async with registry.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM upload_attempt") == 0


async def test_a_one_shot_without_its_length_is_refused(registry: World) -> None:
    async def chunks() -> object:
        yield bundle()

    path = "/api/v1/extensions/acme/invoice-notes/versions"
    headers = {"content-type": "application/vnd.annex.bundle"}
    async with registry.client().stream(
        "POST",
        path,
        caller=registry.caller,
        body=chunks(),  # type: ignore[arg-type]  # an async generator, typed loosely
        headers=headers,
    ) as answer:
        body = await answer.json(content_type=None)

    assert (answer.status, body["code"]) == (411, "LENGTH_REQUIRED")


async def test_a_one_shot_under_another_name_is_refused(registry: World) -> None:
    facts = await registry.facts()

    answers = [
        await registry.publish_at_once(bundle(), to="acme/other"),
        await registry.publish_at_once(bundle(), to="globex/invoice-notes"),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(400, "MANIFEST_MISMATCH")}
    assert [answer.body["details"]["pointer"] for answer in answers] == ["/name", "/publisher"]
    assert await registry.facts() == facts


async def test_the_address_names_the_publisher_where_the_manifest_does_not(registry: World) -> None:
    document = {name: value for name, value in manifest().items() if name != "publisher"}

    answer = await registry.publish_at_once(bundle(document))

    assert (answer.status, answer.body["publisher"]) == (201, "acme")


async def test_without_the_permission_nothing_of_the_body_is_read(registry: World) -> None:
    reader = somebody(*READ_WRITE)

    answer = await registry.publish_at_once(b"", caller=reader, headers={"content-type": "text/plain"})

    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


async def test_a_signature_in_the_header_is_verified_and_kept(registry: World) -> None:
    await registry.ask("POST", "/api/v1/publishers", {"name": "acme"})
    await registry.ask(
        "POST", "/api/v1/publishers/acme/keys", {"public_key_pem": KEY.public.to_pem().decode()}
    )
    content = bundle()
    text = signed(content, KEY)["text"]

    answer = await registry.publish_at_once(
        content, headers={"x-annex-signature": base64.b64encode(text.encode()).decode()}
    )

    assert answer.status == 201
    assert answer.body["version"]["signer"] == KEY.public.key_id


async def test_a_bundle_over_the_one_shot_limit_is_told_so_and_fits_in_chunks(
    world: World, bus: object
) -> None:
    content = bundle()
    async with world.running(bus, max_one_shot_bytes=len(content) - 1) as registry:  # type: ignore[arg-type]
        refused = await registry.publish_at_once(content)
        upload = await registry.uploaded(content)
        accepted = await registry.ask("POST", f"{upload}/finalize", {})

    assert (refused.status, refused.code) == (413, "BUNDLE_TOO_LARGE")
    assert accepted.status == 201


# Names and numbers.


async def test_of_two_first_publishes_of_one_extension_both_find_it(registry: World) -> None:
    answers = await asyncio.gather(
        *(registry.publish_at_once(bundle(version=f"1.{minor}.0")) for minor in range(8))
    )

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["extension_id"] for answer in answers}) == 1
    facts = await registry.facts()
    assert (facts["extension_registry"], facts["publisher"], facts["extension_version"]) == (1, 1, 8)


@pytest.mark.parametrize("name", ["invoice.notes", "invoice_notes", "Invoice-Notes"])
async def test_two_first_publishes_under_two_spellings_make_one_extension(registry: World, name: str) -> None:
    lowered = name.lower()

    answers = await asyncio.gather(
        registry.publish_at_once(bundle()),
        registry.publish_at_once(bundle(name=name), to=f"acme/{name}"),
    )

    expected = "VERSION_ALREADY_EXISTS" if lowered == "invoice-notes" else "EXTENSION_NAME_TAKEN"
    assert Counter(answer.code for answer in answers) == {None: 1, expected: 1}
    facts = await registry.facts()
    assert (facts["extension_registry"], facts["extension_version"], facts["files"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [("1.0.0", "1.0.0+build"), ("1.0.0-rc.1", "1.0.0-rc.1+x"), ("1.0.0+a.b", "1.0.0+c")],
)
async def test_numbers_that_differ_in_build_metadata_alone_are_one(
    registry: World, first: str, second: str
) -> None:
    answers = [await registry.publish_at_once(bundle(version=number)) for number in (first, second)]

    assert [answer.status for answer in answers] == [201, 409]
    assert answers[1].code == "VERSION_ALREADY_EXISTS"


async def test_numbers_that_only_look_alike_are_different(registry: World) -> None:
    numbers = ["1.0.0", "1.0.0-0", "1.0.0-rc", "1.0.0-RC", "1.0.0-rc.1", "1.0.0-rc.01a", "10.0.0", "1.0.0--"]

    answers = [await registry.publish_at_once(bundle(version=number)) for number in numbers]

    assert [(number, answer.status) for number, answer in zip(numbers, answers, strict=True)] == [
        (number, 201) for number in numbers
    ]


@pytest.mark.parametrize(
    "number", ["1", "1.0", "01.0.0", "1.0.0-01", "1.0.0-", "1.0.0+", " 1.0.0", "1.0.0.0", "1.0.0-ä", "^1.0.0"]
)
async def test_what_is_no_semver_is_refused_and_nothing_is_left(registry: World, number: str) -> None:
    facts = await registry.facts()

    answer = await registry.publish_at_once(bundle(version=number))

    assert answer.status == 400
    assert answer.code in ("INVALID_MANIFEST", "WILDCARD_VERSION_REFUSED")
    assert await registry.facts() == facts


# Other people's uploads.


@pytest.mark.parametrize("who", ["another-tenant", "another-principal"])
async def test_somebody_elses_upload_is_not_there(registry: World, who: str) -> None:
    content = bundle()
    upload = await registry.uploaded(content)
    other = (
        replace(ADMIN, tenant_id=OTHER_TENANT) if who == "another-tenant" else somebody(*ADMIN.permissions)
    )
    facts = await registry.facts()

    answers = [
        await registry.ask("GET", upload, caller=other),
        await registry.ask("POST", f"{upload}/finalize", {}, caller=other),
        await registry.ask("POST", f"{upload}/presign", caller=other),
        await registry.append(upload, b"x", at=len(content), caller=other),
    ]
    aborted = await registry.ask("DELETE", upload, caller=other)

    assert {(answer.status, answer.code) for answer in answers} == {(404, "UPLOAD_NOT_FOUND")}
    assert aborted.status == 204
    assert await registry.facts() == facts
    assert (await registry.ask("POST", f"{upload}/finalize", {})).status == 201
