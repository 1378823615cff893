"""What was imported is as fixed as what was published: roles, triggers, sweeper, and kills in the middle."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from annex_registry.actions.sweep_orphans import sweep_orphans
from annex_registry.adapters.bundles.directory import open_directory
from annex_registry.adapters.postgres.records import PostgresRecords
from annex_registry.domain.publish_policy import PublishPolicy
from annex_shared.clock import new_id
from annex_shared.content_hash import ContentHash
from annex_shared.postgres.pool import open_pool
from integration.registry.predecessor import OldPlatform, a_tenant
from integration.registry.test_crashes import GATE, Step, at
from integration.registry.test_immutability import APPEND_ONLY, PERMISSION_DENIED, refusal
from integration.registry.test_program import environment_of
from integration.registry.test_sweeper import SetClock
from integration.registry.waiting import until_somebody_waits, until_there
from integration.registry.world import World, bundle

FIRST, SECOND = bundle(marker=b"first"), bundle(marker=b"second")
CHANGES = [
    "UPDATE imported_extension SET source_name = 'x'",
    "DELETE FROM imported_extension",
    "TRUNCATE imported_extension",
    "UPDATE imported_bundle SET size_bytes = 1",
    "DELETE FROM imported_bundle",
    "TRUNCATE imported_bundle",
    "UPDATE extension_bundle SET bundle_count = 1, imported_at = NULL",
]
ANOTHER = "INSERT INTO imported_bundle SELECT version_id, sha256('x'), 1, now() FROM extension_bundle"


async def filled(old: OldPlatform) -> None:
    """Leave one extension whose first version has two bundles, a second one, and an install."""
    extension = await old.extension()
    version = await old.version(extension)
    await old.bundle(extension, version, FIRST)
    await old.bundle(extension, version, SECOND)
    await old.published(extension, "1.5.0")
    await old.install(extension, version, a_tenant(), settings={"config": {"a": "b"}})


@pytest.mark.parametrize(
    ("become", "state"),
    [
        (None, PERMISSION_DENIED),
        ("SET session_replication_role = origin", APPEND_ONLY),
        ("SET session_replication_role = replica", APPEND_ONLY),
        ("SET ROLE registry_owner", APPEND_ONLY),
    ],
    ids=["application", "superuser", "superuser-as-replica", "owner"],
)
async def test_an_imported_fact_cannot_be_changed(
    registry: World, old: OldPlatform, become: str | None, state: str
) -> None:
    await filled(old)
    await old.imported(registry)

    async with registry.database(registry.app_url if become is None else None) as connection:
        if become is not None:
            await connection.execute(become)
        states = [await refusal(connection, change) for change in CHANGES]

    assert states == [state] * len(CHANGES)


async def test_a_version_that_is_here_takes_no_more_bundles(registry: World, old: OldPlatform) -> None:
    await filled(old)
    await old.imported(registry)

    async with registry.database(registry.app_url) as application, registry.database() as superuser:
        states = [await refusal(connection, ANOTHER) for connection in (application, superuser)]

    assert states == ["RG048", "RG048"]


async def test_the_sweeper_leaves_every_bundle_that_was_imported(registry: World, old: OldPlatform) -> None:
    await filled(old)
    await old.imported(registry)
    before = registry.files()

    async with open_pool(registry.app_url, application="test", schema="registry") as pool:
        swept = await sweep_orphans(
            records=PostgresRecords(pool),
            bundles=open_directory(registry.folder / "bundles", new_id=new_id),
            policy=PublishPolicy(),
            clock=SetClock(timedelta(days=9)),
        )

    assert (swept, registry.files()) == (0, before)
    assert len(before) == 3


def environment(world: World, old: OldPlatform) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        **environment_of(world),
        "SECRETS_KEY_FILE": str(world.folder / "secrets.json"),
        "IMPORT_DATABASE_URL": old.url,
        "IMPORT_STORE_URL": old.folder.as_uri(),
    }


def run(world: World, old: OldPlatform, *options: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "annex_registry", "import", *options],
        env={**environment(world, old), **changes},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# What `make test` tries of them; each costs two starts of the program.
IN_SHORT = {"blobs-stored", "leaf-appended"}
STEPS = [
    at("extension-created", "AFTER INSERT ON extension_registry FOR EACH ROW"),
    at("blobs-stored", "BEFORE INSERT ON extension_bundle FOR EACH ROW"),
    at("bundles-recorded", "AFTER INSERT ON imported_bundle FOR EACH ROW"),
    at("leaf-appended", "AFTER INSERT ON log_leaf FOR EACH ROW"),
    at("version-placed", "AFTER INSERT ON version_position FOR EACH ROW"),
    at("install-added", "AFTER INSERT ON tenant_extension_install FOR EACH ROW"),
    at("second-version", "BEFORE INSERT ON extension_version FOR EACH ROW WHEN (NEW.version = '1.5.0')"),
]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(step, id=step.name, marks=[] if step.name in IN_SHORT else [pytest.mark.long])
        for step in STEPS
    ],
)
async def test_an_import_killed_at_any_step_comes_to_the_same_end_when_repeated(
    world: World, old: OldPlatform, step: Step
) -> None:
    await filled(old)
    await killed_at(world, old, step)

    report = await old.imported(world)

    facts = await world.facts()
    assert {row.outcome.value for row in report.rows} <= {"imported", "already_there"}
    assert {name: facts[name] for name in ("extension_version", "extension_bundle", "log_leaf", "files")} == {
        "extension_version": 2,
        "extension_bundle": 2,
        "log_leaf": 3,
        "files": 3,
    }
    assert [event["id"] for event in await world.events("registry")] == ["registry/1", "registry/2"]
    assert [event["id"] for event in await world.events("installs")] == ["installs/1"]
    async with world.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM imported_bundle") == 3


async def killed_at(world: World, old: OldPlatform, step: Step) -> None:
    """Stop the program at the step and kill it there."""
    async with held_at(world, old, step) as process:
        process.send_signal(signal.SIGKILL)
        await process.communicate()


@asynccontextmanager
async def held_at(world: World, old: OldPlatform, step: Step) -> AsyncIterator[Process]:
    """Hold the program at the step until the block has ended it."""
    async with world.database() as gatekeeper:
        await gatekeeper.execute(
            f"CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"PERFORM pg_advisory_xact_lock({GATE}); RETURN NEW; END $$"
        )
        await gatekeeper.execute(step.trigger)
        await gatekeeper.execute("SELECT pg_advisory_lock($1)", GATE)
        process = await create_subprocess_exec(
            sys.executable,
            "-m",
            "annex_registry",
            "import",
            env=environment(world, old),
            stdout=PIPE,
            stderr=PIPE,
        )
        await until_somebody_waits(gatekeeper)
        yield process
        await gatekeeper.execute("SELECT pg_advisory_unlock($1)", GATE)
        await until_there(
            gatekeeper,
            "SELECT (NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name LIKE 'annex%'))::int",
        )
        await gatekeeper.execute("DROP FUNCTION gate() CASCADE")


async def test_two_imports_at_once_come_to_the_same_end(world: World, old: OldPlatform) -> None:
    await filled(old)

    reports = await asyncio.gather(*(old.imported(world) for _ in range(3)))

    facts = await world.facts()
    imported = [row for report in reports for row in report.rows if row.outcome.value == "imported"]
    assert {row.outcome.value for report in reports for row in report.rows} <= {"imported", "already_there"}
    assert len(imported) == 3
    assert (facts["extension_version"], facts["log_leaf"], facts["files"]) == (2, 3, 3)


async def test_the_program_reports_to_people_and_programs(world: World, old: OldPlatform) -> None:
    await filled(old)
    extension = await old.extension(name="other")
    await old.published(extension, "1.0", fields={"name": "other"})
    path = world.folder / "report.json"

    rehearsal = run(world, old, "--dry-run", "--json", str(path))
    rehearsed = json.loads(path.read_text())
    nothing = await world.facts()
    ended = run(world, old, "--json", str(path))
    again = run(world, old)

    done = json.loads(path.read_text())
    assert [rehearsal.returncode, ended.returncode, again.returncode] == [4, 4, 4]
    assert (nothing["extension_version"], nothing["files"]) == (0, 0)
    assert {**rehearsed, "dry_run": False} == done
    assert (done["format"], done["complete"], done["needs_attention"]) == ("annex-import-report/v1", True, 1)
    assert done["totals"]["versions"] == {"imported": 2, "already_there": 0, "refused": 1, "conflict": 0}
    assert [(row["subject"], row["outcome"]) for row in done["rows"]][-1] == ("acme/other@1.0", "refused")
    assert rehearsal.stdout.startswith("Dry run: nothing was written.")
    assert table(ended.stdout)["versions"] == ["2", "0", "1", "0"]
    assert table(again.stdout)["versions"] == ["0", "2", "1", "0"]
    assert "INVALID_VERSION_NUMBER" in ended.stdout
    assert "1/2 acme/invoice-notes\n2/2 acme/other\n" in again.stderr
    assert "Traceback" not in rehearsal.stderr + ended.stderr + again.stderr


def table(text: str) -> dict[str, list[str]]:
    rows = (line.split() for line in text.splitlines())
    return {row[0]: row[1:] for row in rows if row and row[0] in ("extensions", "versions", "installs")}


async def test_an_import_without_losses_ends_with_status_zero(world: World, old: OldPlatform) -> None:
    await filled(old)

    first, again = run(world, old), run(world, old)

    assert (first.returncode, again.returncode) == (0, 0), first.stdout


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"DATABASE_POOL_SIZE": "none"}, 2, "DATABASE_POOL_SIZE"),
        ({"IMPORT_STORE_URL": "ftp://x"}, 2, "IMPORT_STORE_URL must be file:///absolute/path or s3://bucket"),
        ({"IMPORT_STORE_URL": "file:///nowhere/at/all"}, 2, "IMPORT_STORE_URL names a directory that is not"),
        ({"IMPORT_STORE_URL": "s3://bucket"}, 2, "IMPORT_STORE_ACCESS_KEY"),
        ({"IMPORT_DATABASE_URL": "postgresql://somebody:hush@127.0.0.1:9/x"}, 3, "did not answer"),
        ({"DATABASE_URL": "postgresql://somebody:hush@127.0.0.1:9/x"}, 3, "did not answer"),
    ],
)
def test_a_mistake_and_an_outage_are_one_sentence_and_their_status(
    world: World, old: OldPlatform, changes: dict[str, str], status: int, sentence: str
) -> None:
    report = world.folder / "report.json"

    ended = run(world, old, "--json", str(report), **changes)

    assert ended.returncode == status, ended.stderr
    assert sentence in ended.stderr
    assert "hush" not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    assert report.exists() is (status == 3)


async def test_a_database_of_something_else_is_named_as_such(world: World, old: OldPlatform) -> None:
    await old.version(await old.extension())
    await old.execute("DROP TABLE extension_bundle")

    ended = run(world, old)

    assert ended.returncode == 2
    assert "is not an Alga v2 database" in ended.stderr


async def test_an_unknown_option_is_refused(world: World, old: OldPlatform) -> None:
    ended = run(world, old, "--force")

    assert ended.returncode == 2
    assert "unrecognized arguments: --force" in ended.stderr


async def test_a_stopped_import_says_so_and_can_be_repeated(world: World, old: OldPlatform) -> None:
    await filled(old)
    async with held_at(world, old, STEPS[0]) as process:
        process.terminate()
        out, err = await process.communicate()

    again = run(world, old)

    assert process.returncode == 3, err
    assert b"Run it again" in out
    assert b"Traceback" not in err
    assert again.returncode == 0
    assert len(world.files()) == 3
    assert ContentHash.of(SECOND).hex in "".join(world.files())
