"""The program as an operator starts it: commands, one clear sentence for a mistake, readiness."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from annex_registry.adapters.postgres.statements import MIGRATIONS
from annex_registry.app import migrate_database
from annex_shared.messaging.port import Bus
from annex_shared.postgres.migrations import load_migrations
from annex_shared.transparency import NoteSigner
from integration.registry.auditor import Auditor
from integration.registry.world import World


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "annex_registry", *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_migrate_brings_an_empty_database_up_to_date_once(database_url: str) -> None:
    first = run("migrate", MIGRATION_DATABASE_URL=database_url)
    second = run("migrate", MIGRATION_DATABASE_URL=database_url)

    done = [json.loads(run.stdout.splitlines()[-1]) for run in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0)
    assert done[0]["applied"] > 0
    assert done[1]["applied"] == 0


async def test_what_older_code_cannot_live_with_waits_for_the_second_phase(database_url: str) -> None:
    await migrate_database(database_url)
    later = [migration.name for migration in load_migrations(MIGRATIONS) if migration.is_post]
    connection = await asyncpg.connect(database_url)
    try:
        # As after an update from a version that had none of them.
        await connection.execute("DELETE FROM registry.schema_migration WHERE name = ANY($1)", later)
        await connection.execute(
            "ALTER TABLE registry.outbox DISABLE ROW LEVEL SECURITY;"
            "DROP POLICY own_tenant ON registry.outbox; DROP POLICY whole_platform ON registry.outbox;"
            "CREATE INDEX outbox_installs_of_tenant ON registry.outbox(serial)"
        )
    finally:
        await connection.close()

    before = run("migrate", MIGRATION_DATABASE_URL=database_url, MIGRATE_PHASE="pre")
    after = run("migrate", MIGRATION_DATABASE_URL=database_url)

    done = [json.loads(run.stdout.splitlines()[-1])["applied"] for run in (before, after)]
    assert later
    assert done == [0, len(later)]


async def test_a_role_that_is_no_superuser_can_migrate(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        database = await connection.fetchval("SELECT current_database()")
        role = f"migrator_{database}"
        await migrate_database(database_url)
        await connection.execute(
            f"""
            DROP SCHEMA registry CASCADE;
            CREATE ROLE "{role}" LOGIN CREATEROLE;
            GRANT registry_owner TO "{role}" WITH ADMIN OPTION;
            GRANT CREATE ON DATABASE "{database}" TO "{role}";
            """
        )

        applied = await migrate_database(database_url.replace("annex@", f"{role}@"))

        await connection.execute(f'DROP OWNED BY "{role}" CASCADE; DROP ROLE "{role}"')
    finally:
        await connection.close()

    assert len(applied) == len(load_migrations(MIGRATIONS))


@pytest.mark.parametrize(
    ("arguments", "environment", "sentence"),
    [
        ((), {}, "Usage: python -m annex_registry serve|migrate"),
        (("publish",), {}, "Usage: python -m annex_registry serve|migrate"),
        (("migrate",), {}, "MIGRATION_DATABASE_URL (ANNEX_REGISTRY_MIGRATION_DATABASE_URL): Field required."),
        (("serve",), {"DATABASE_URL": "postgresql://x"}, "SERVICE_KEYS_FILE"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_two(
    arguments: tuple[str, ...], environment: dict[str, str], sentence: str
) -> None:
    ended = run(*arguments, **environment)

    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"BUS_URL": ""}, "BUS_URL"),
        ({"BUNDLE_STORE_URL": "ftp://x"}, "BUNDLE_STORE_URL must be file:///absolute/path or s3://bucket"),
        ({"BUNDLE_STORE_URL": "s3://bucket"}, "BUNDLE_STORE_ACCESS_KEY"),
        ({"SECRETS_KEY_FILE": "/nowhere"}, "SECRETS_KEY_FILE cannot be read"),
        ({"SIGNING_TRUST_BUNDLE": "/nowhere"}, "SIGNING_TRUST_BUNDLE cannot be read"),
        ({"LOG_KEY_FILE": "/nowhere"}, "LOG_KEY_FILE cannot be read"),
    ],
)
def test_a_wrong_setting_is_named(world: World, changes: dict[str, str], sentence: str) -> None:
    environment = {key: value for key, value in {**environment_of(world), **changes}.items() if value}

    ended = run("serve", **environment)

    assert ended.returncode == 2
    assert sentence in ended.stderr


async def test_serve_answers_and_stops_cleanly_on_sigterm(world: World) -> None:
    with subprocess.Popen(  # noqa: ASYNC220 - starting takes no time; the output is a pipe
        [sys.executable, "-m", "annex_registry", "serve"],
        env={"PATH": os.environ["PATH"], **environment_of(world)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = next(
            line["port"] for line in map(json.loads, process.stdout) if line["event"] == "service_started"
        )
        async with world.session.get(f"http://127.0.0.1:{port}/readyz") as answer:
            ready = await answer.json()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert ready["status"] == "ok"
    assert ready["checks"]["bus"] == {"ok": True, "state": "disconnected"}
    assert process.returncode == 0


async def test_a_registry_without_its_bundle_folder_is_not_ready(world: World, bus: Bus) -> None:
    async with world.running(bus) as registry:
        (world.folder / "bundles" / "_incoming").rmdir()

        answer = await registry.ask("GET", "/readyz")

    assert answer.status == 503
    assert answer.body["checks"]["bundle_store"]["ok"] is False
    assert answer.body["checks"]["database"]["ok"] is True


def test_a_log_key_of_another_log_is_refused(world: World, auditor: Auditor) -> None:
    environment = {**environment_of(world), "LOG_KEY_FILE": str(world.log_key_file)}

    ended = run("serve", **environment, LOG_ORIGIN="other.example/log")

    assert ended.returncode == 2
    assert ended.stderr == (
        f"LOG_KEY_FILE holds the key of the log {auditor.key.name}, not of other.example/log (LOG_ORIGIN).\n"
    )


def test_a_log_key_is_made_for_an_origin_and_told_with_its_public_half() -> None:
    made = run("log-key", "registry.example/annex")

    signer = NoteSigner.parse(made.stdout.strip())
    assert made.returncode == 0
    assert signer.name == "registry.example/annex"
    assert made.stderr == f"{signer.verifier.vkey}\n"
    assert run("log-key", "two words").returncode == 2


def environment_of(world: World) -> dict[str, str]:
    # Nothing listens there: a registry without its bus starts, publishes and is ready.
    return {
        "DATABASE_URL": world.app_url,
        "SERVICE_KEYS_FILE": str(world.folder / "peers.json"),
        "BUNDLE_STORE_URL": (world.folder / "bundles").as_uri(),
        "BUS_URL": "amqp://guest:guest@127.0.0.1:9/",
        "HOST": "127.0.0.1",
        "PORT": "0",
    }


def test_the_folder_of_bundles_is_closed_to_others(world: World) -> None:
    shared = world.folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)

    ended = run("serve", **{**environment_of(world), "BUNDLE_STORE_URL": Path(shared).as_uri()})

    assert ended.returncode == 2
    assert "can be written by other users" in ended.stderr
