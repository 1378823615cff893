"""Import of an Alga v2 database: what becomes of its extensions, versions and bundles."""

import asyncpg
import pytest

from annex_registry.domain.importation import Outcome
from annex_shared.content_hash import ContentHash
from annex_shared.service_tokens import Caller
from integration.registry.auditor import Auditor
from integration.registry.predecessor import OldPlatform
from integration.registry.world import World, bundle
from support.stack.addresses import S3Bucket

FIRST, SECOND, THIRD = (bundle(marker=marker) for marker in (b"first", b"second", b"third"))
VERSION = "/api/v1/extensions/acme/invoice-notes/versions"


async def own(registry: World, publisher: str) -> int:
    """Make the administrator an owner of a publisher, as after an import; return the status."""
    wish = {"principal_id": "admin", "role": "owner"}
    answer = await registry.ask("POST", f"/api/v1/publishers/{publisher}/members", wish)
    return answer.status


async def with_three_bundles(old: OldPlatform) -> None:
    """Publish one version three times, as the predecessor once allowed."""
    extension = await old.extension()
    version = await old.version(extension)
    for content in (FIRST, SECOND, THIRD):
        await old.bundle(extension, version, content)


@pytest.mark.parametrize("is_on_s3", [False, True], ids=["directory", "s3"])
async def test_a_version_comes_over_with_its_id_date_and_bytes(
    registry: World, old: OldPlatform, s3_bucket: S3Bucket, *, is_on_s3: bool
) -> None:
    old.bucket = s3_bucket if is_on_s3 else None
    extension = await old.extension("Acme", "Invoice-Notes")
    version = await old.published(extension, content=FIRST)

    report = await old.imported(registry)

    row = (await registry.ask("GET", VERSION)).body["items"][0]
    served = await registry.ask("GET", f"{VERSION}/1.4.0/bundle")
    assert report.said() == {"acme/invoice-notes@1.4.0": ("imported", None)}
    assert report.seen == ["1/1 Acme/Invoice-Notes"]
    assert row | {"log_index": 0} == {
        "version_id": str(version),
        "version": "1.4.0",
        "published_at": "2024-03-01T11:00:00Z",
        "content_hash": str(ContentHash.of(FIRST)),
        "size_bytes": len(FIRST),
        "status": "published",
        "status_reason": None,
        "signer": None,
        "log_index": 0,
        "status_log_index": None,
        "bundle_count": 1,
        "installed": False,
        "imported": True,
    }
    assert served.body == FIRST


async def test_of_several_bundles_every_read_shows_the_newest_and_counts_them_all(
    registry: World, old: OldPlatform
) -> None:
    await with_three_bundles(old)

    report = await old.imported(registry)

    newest = ContentHash.of(THIRD)
    listed = (await registry.ask("GET", VERSION)).body["items"][0]
    detail = (await registry.ask("GET", f"{VERSION}/1.4.0")).body
    records = await registry.ask(
        "GET", "/internal/v1/versions?after=0&limit=10", caller=Caller("service:gateway")
    )
    assert report.of("acme/invoice-notes@1.4.0").bundle_count == 3
    assert [(row["content_hash"], row["bundle_count"]) for row in (listed, detail)] == [(str(newest), 3)] * 2
    assert [record["content_hash"] for record in records.body["items"]] == [str(newest)]
    async with registry.database() as connection:
        rows = await connection.fetch(
            "SELECT content_hash FROM imported_bundle ORDER BY created_at DESC, content_hash DESC"
        )
    assert [ContentHash(row["content_hash"]) for row in rows] == [
        ContentHash.of(content) for content in (THIRD, SECOND, FIRST)
    ]


async def test_of_equally_new_bundles_the_larger_hash_counts(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    version, moment = await old.version(extension), old.later()
    for content in (FIRST, SECOND, THIRD):
        await old.bundle(extension, version, content, created_at=moment)

    await old.imported(registry)

    largest = max(ContentHash.of(content).hex for content in (FIRST, SECOND, THIRD))
    shown = (await registry.ask("GET", f"{VERSION}/1.4.0")).body
    assert shown["content_hash"] == f"sha256:{largest}"


async def test_the_log_holds_one_leaf_with_every_bundle_and_proves_each(
    logged: World, auditor: Auditor, old: OldPlatform
) -> None:
    await with_three_bundles(old)

    await old.imported(logged)

    await auditor.appeared(2)
    proof = (await logged.ask("GET", f"{VERSION}/1.4.0/proof")).body
    verified = [auditor.verify(proof.decode(), content) for content in (FIRST, SECOND, THIRD)]
    entry = verified[0].entry
    assert entry.event == "version.imported"
    assert [found.content_hash for found in entry.bundles] == [  # type: ignore[attr-defined]
        ContentHash.of(content) for content in (THIRD, SECOND, FIRST)
    ]
    assert {found.index for found in verified} == {1}


async def test_consumers_of_the_feed_hear_of_an_imported_version(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    version = await old.published(extension, content=FIRST)

    await old.imported(registry)

    (event,) = await registry.events("registry")
    assert event["type"] == "version.published"
    assert event["data"]["version_id"] == str(version)
    assert event["data"]["content_hash"] == str(ContentHash.of(FIRST))
    assert event["data"]["signer"] is None


async def test_versions_keep_the_order_in_which_they_were_published(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    for number in ("1.0.0", "2.0.0", "1.0.1"):
        await old.published(extension, number)

    await old.imported(registry)

    listed = (await registry.ask("GET", VERSION)).body["items"]
    assert [row["version"] for row in listed] == ["1.0.1", "2.0.0", "1.0.0"]


async def test_importing_again_changes_nothing(registry: World, old: OldPlatform) -> None:
    await with_three_bundles(old)
    await old.imported(registry)
    before = await registry.facts()

    again = await old.imported(registry)

    assert again.said() == {"acme/invoice-notes@1.4.0": ("already_there", None)}
    assert not again.rows[0].needs_attention
    assert await registry.facts() == before


async def test_what_was_published_there_since_comes_with_the_next_import(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    await old.published(extension, "1.0.0")
    await old.imported(registry)
    await old.published(extension, "1.0.1")

    again = await old.imported(registry)

    assert again.said() == {
        "acme/invoice-notes@1.0.0": ("already_there", None),
        "acme/invoice-notes@1.0.1": ("imported", None),
    }


async def test_a_version_published_here_with_the_same_bytes_is_left_as_it_is(
    registry: World, old: OldPlatform
) -> None:
    published = await registry.published(FIRST)
    await old.published(await old.extension(), content=FIRST)
    before = await registry.facts()

    report = await old.imported(registry)

    row = (await registry.ask("GET", VERSION)).body["items"][0]
    assert report.said() == {"acme/invoice-notes@1.4.0": ("already_there", None)}
    assert await registry.facts() == before
    assert (row["version_id"], row["imported"]) == (published["version"]["id"], False)


async def test_a_version_published_here_with_other_bytes_is_a_conflict_and_stays(
    registry: World, old: OldPlatform
) -> None:
    await registry.published(FIRST)
    await old.published(await old.extension(), content=SECOND)
    before = await registry.facts()

    report = await old.imported(registry)

    assert report.said() == {"acme/invoice-notes@1.4.0": ("conflict", "VERSION_ALREADY_EXISTS")}
    assert report.rows[0].needs_attention
    assert await registry.facts() == before
    assert (await registry.ask("GET", f"{VERSION}/1.4.0/bundle")).body == FIRST


async def test_a_number_that_was_imported_is_spent_for_publishers(registry: World, old: OldPlatform) -> None:
    await old.published(await old.extension(), content=FIRST)
    await old.imported(registry)
    await own(registry, "acme")

    answer = await registry.publish(SECOND)

    assert (answer.status, answer.code) == (409, "VERSION_ALREADY_EXISTS")
    assert answer.body["details"]["content_hash"] == str(ContentHash.of(FIRST))


async def test_of_two_numbers_that_differ_by_build_metadata_the_older_one_counts(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    await old.published(extension, "1.4.0+a")
    await old.published(extension, "1.4.0+b")

    report = await old.imported(registry)

    assert report.said() == {
        "acme/invoice-notes@1.4.0+a": ("imported", None),
        "acme/invoice-notes@1.4.0+b": ("conflict", "VERSION_ALREADY_EXISTS"),
    }


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("1.0", "INVALID_VERSION_NUMBER"),
        ("v1.0.0", "INVALID_VERSION_NUMBER"),
        ("1.2.*", "INVALID_VERSION_NUMBER"),
    ],
)
async def test_a_number_that_is_no_semver_is_refused(
    registry: World, old: OldPlatform, number: str, code: str
) -> None:
    await old.published(await old.extension(), number, content=FIRST)

    report = await old.imported(registry)

    assert report.said() == {f"acme/invoice-notes@{number}": ("refused", code)}
    assert await registry.facts() == {
        **await registry.facts(),
        "extension_registry": 0,
        "files": 0,
        "log_leaf": 0,
    }


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (("Café", "notes"), "INVALID_PUBLISHER_NAME"),
        (("", "notes"), "INVALID_PUBLISHER_NAME"),
        (("acme", "my notes"), "INVALID_EXTENSION_NAME"),
        (("acme", "../notes"), "INVALID_EXTENSION_NAME"),
    ],
)
async def test_an_extension_whose_name_cannot_be_written_here_is_refused(
    registry: World, old: OldPlatform, names: tuple[str, str], code: str
) -> None:
    await old.published(await old.extension(*names), content=FIRST)

    report = await old.imported(registry)

    (row,) = report.rows
    assert (row.kind.value, row.outcome, row.code) == ("extension", Outcome.REFUSED, code)


@pytest.mark.parametrize("is_rehearsal", [True, False], ids=["dry-run", "import"])
async def test_of_two_entries_that_get_one_name_here_the_older_one_has_it(
    registry: World, old: OldPlatform, *, is_rehearsal: bool
) -> None:
    for publisher, name in (("Acme", "invoice.notes"), ("acme", "Invoice.Notes"), ("acme", "invoice_notes")):
        extension = await old.extension(publisher, name)
        await old.published(extension, fields={"name": name.lower()})

    report = await old.imported(registry, is_rehearsal=is_rehearsal)

    assert [(row.subject, row.outcome.value, row.code) for row in report.rows] == [
        ("acme/invoice.notes@1.4.0", "imported", None),
        ("acme/Invoice.Notes", "refused", "EXTENSION_NAME_TAKEN"),
        ("acme/invoice_notes", "refused", "EXTENSION_NAME_TAKEN"),
    ]


async def test_an_entry_that_was_renamed_there_stays_what_it_is_here(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    await old.published(extension, content=FIRST)
    await old.imported(registry)
    await old.execute("UPDATE extension_registry SET name = 'other-notes'")

    report = await old.imported(registry)

    assert report.said() == {"acme/other-notes": ("refused", "EXTENSION_RENAMED")}


@pytest.mark.parametrize(
    ("stored", "columns", "code"),
    [
        (None, {}, "BUNDLE_MISSING"),
        (SECOND, {}, "BUNDLE_HASH_DIFFERS"),
        (b"same", {"content_hash": "deadbeef"}, "INVALID_CONTENT_HASH"),
        (b"same", {"storage_url": None}, "BUNDLE_MISSING"),
        (b"same", {"storage_url": "../../../../etc/passwd"}, "BUNDLE_MISSING"),
    ],
    ids=["missing", "other-bytes", "no-hash", "nowhere-to-look", "out-of-the-store"],
)
async def test_a_version_whose_newest_bundle_is_not_what_was_recorded_is_refused_whole(
    registry: World, old: OldPlatform, stored: bytes | None, columns: dict[str, str | None], code: str
) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(extension, version, THIRD)
    await old.bundle(extension, version, FIRST, stored=stored, **columns)
    before = await registry.facts()

    report = await old.imported(registry)

    assert report.said() == {"acme/invoice-notes@1.4.0": ("refused", code)}
    assert await registry.facts() == before


async def test_a_bundle_that_an_upload_would_be_refused_for_is_refused(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(extension, version, b"no archive at all")

    report = await old.imported(registry)

    (row,) = report.rows
    assert row.outcome is Outcome.REFUSED
    assert row.code == "BUNDLE_CORRUPT"


async def test_a_bundle_of_another_version_is_refused(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    await old.published(extension, "1.5.0", content=FIRST)

    report = await old.imported(registry)

    assert report.said() == {"acme/invoice-notes@1.5.0": ("refused", "MANIFEST_MISMATCH")}


async def test_an_older_bundle_that_is_not_sound_is_left_out_and_told(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(extension, version, FIRST, stored=None)
    await old.bundle(extension, version, SECOND)
    await old.bundle(extension, version, THIRD)

    first = await old.imported(registry)
    again = await old.imported(registry)

    row = first.of("acme/invoice-notes@1.4.0")
    assert (row.outcome, row.bundle_count) == (Outcome.IMPORTED, 2)
    assert [(remark.code, remark.is_loss) for remark in row.remarks] == [("BUNDLE_LEFT_OUT", True)]
    assert row.needs_attention
    assert again.rows[0].outcome is Outcome.ALREADY_THERE
    assert [remark.code for remark in again.rows[0].remarks] == ["BUNDLE_LEFT_OUT"]


async def test_what_was_missing_comes_when_it_was_put_back(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    found = await old.bundle(extension, version, FIRST, stored=None)
    refused = await old.imported(registry)
    old.store(f"sha256/{found.hex}/bundle.tar.zst", FIRST)

    report = await old.imported(registry)

    assert refused.rows[0].outcome is Outcome.REFUSED
    assert report.rows[0].outcome is Outcome.IMPORTED


@pytest.mark.parametrize(
    "address",
    ["s3://alga-extensions/{key}", "https://objects.example/alga-extensions/{key}?versionId=1", "/{key}"],
)
async def test_a_bundle_is_found_by_any_form_of_its_address(
    registry: World, old: OldPlatform, address: str
) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(
        extension, version, FIRST, storage_url=address.format(key="archive/1.tar.zst"), stored=None
    )
    old.store("archive/1.tar.zst", FIRST)

    report = await old.imported(registry)

    assert report.rows[0].outcome is Outcome.IMPORTED


async def test_a_bundle_without_address_is_found_under_a_tenant_that_has_it_installed(
    registry: World, old: OldPlatform
) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(extension, version, FIRST, storage_url=None, stored=None)
    tenant = "0b7d6e80-1111-4000-8000-000000000001"
    await old.install(extension, version, tenant)
    digest = ContentHash.of(FIRST).hex
    old.store(f"tenants/{tenant}/extensions/{extension}/sha256/{digest}/bundle.tar.zst", FIRST)

    report = await old.imported(registry)

    assert report.of("acme/invoice-notes@1.4.0").outcome is Outcome.IMPORTED


async def test_a_signature_nobody_verified_is_not_carried_over(registry: World, old: OldPlatform) -> None:
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(extension, version, FIRST, signature="cosign:AAAA")

    report = await old.imported(registry)

    detail = (await registry.ask("GET", f"{VERSION}/1.4.0")).body
    assert [remark.code for remark in report.rows[0].remarks] == ["SIGNATURE_NOT_CARRIED"]
    assert not report.rows[0].needs_attention
    assert (detail["signer"], detail["signature"]) == (None, None)


async def test_a_dry_run_says_the_same_and_writes_nothing(registry: World, old: OldPlatform) -> None:
    await with_three_bundles(old)
    extension = await old.extension(name="other")
    for number in ("1.0.0", "1.0.0+b", "1.0"):
        await old.published(extension, number, fields={"name": "other"})
    await old.install(extension, await old.version(extension, "3.0.0"), "not a tenant")
    before = await registry.facts()

    rehearsal = await old.imported(registry, is_rehearsal=True)
    after = await registry.facts()
    report = await old.imported(registry)

    assert after == before
    assert rehearsal.rows == report.rows
    assert len(report.rows) == 6


async def test_the_source_is_only_read(registry: World, old: OldPlatform) -> None:
    await with_three_bundles(old)
    await old.execute(
        "ALTER DATABASE " + old.url.rpartition("/")[2] + " SET default_transaction_read_only = off"
    )
    before = await digest_of(old)

    await old.imported(registry)

    assert await digest_of(old) == before


async def digest_of(old: OldPlatform) -> list[str]:
    connection = await asyncpg.connect(old.url)
    try:
        return [
            await connection.fetchval(
                f"SELECT md5(string_agg(t::text, ';' ORDER BY t::text)) FROM {table} t"  # noqa: S608
            )
            for table in ("extension_registry", "extension_version", "extension_bundle")
        ]
    finally:
        await connection.close()


async def test_nobody_can_publish_for_an_imported_publisher_before_an_administrator_says_who(
    registry: World, old: OldPlatform
) -> None:
    await old.published(await old.extension("newcomer", "invoice-notes"), fields={"publisher": "newcomer"})
    await old.imported(registry)

    refused = await registry.publish(bundle(publisher="newcomer", version="2.0.0"))
    member = await own(registry, "newcomer")
    published = await registry.publish(bundle(publisher="newcomer", version="2.0.0"))

    assert (refused.status, refused.code) == (403, "PUBLISHER_MEMBERSHIP_REQUIRED")
    assert member == 204
    assert published.status == 200, published.body
