"""The service as an operator sees it: health, root page, hosts, commands, and what it may do in SQL."""

import asyncio
import os
import subprocess
import sys
from importlib.resources import files

import asyncpg
import pytest

from annex_gateway.app import migrate_database
from annex_shared.postgres.queries import load_queries
from integration.gateway.conftest import World
from integration.gateway.peers import A_LIMIT

STATEMENTS = files("annex_gateway.adapters.postgres") / "statements"


async def test_a_complete_gateway_is_ready(gateway: World) -> None:
    answer = await gateway.until("/readyz", 200)

    assert set(answer.json()["checks"]) == {
        "database",
        "redis",
        "projection",
        "controls",
        "registry",
        "runner-proxy",
    }


async def test_a_gateway_without_its_peers_is_alive_and_not_ready(world: World) -> None:
    await world.registry_stage.close()
    await world.runner_stage.close()
    async with world.gateway(redis_url="redis://127.0.0.1:9/0", rate_limit_without_redis="refuse"):
        alive, ready = await world.get("/livez", headers={}), await world.get("/readyz", headers={})

    checks = ready.json()["checks"]
    assert alive.status == 200
    assert ready.status == 503
    assert {name for name, check in checks.items() if check["ok"]} == {"database", "controls"}


async def test_the_root_page_says_where_one_is(gateway: World) -> None:
    page = await gateway.get("/", headers={})
    version = await gateway.get("/api/v1/version", headers={})

    assert page.headers["content-type"].startswith("text/html")
    assert b"/readyz" in page.body
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert version.json()["service"] == "gateway"
    assert version.json()["version"].encode() in page.body


async def test_limits_of_calls_are_for_everybody_also_while_the_runner_is_away(world: World) -> None:
    async with world.gateway():
        first = await world.get("/.well-known/limits.json", headers={})
        await world.runner_stage.close()
        later = await world.get("/.well-known/limits.json", headers={})

    assert first.status == later.status == 200
    assert first.json() == later.json() == {"limits": [A_LIMIT]}


async def test_limits_that_were_never_read_are_unavailable(world: World) -> None:
    await world.runner_stage.close()
    async with world.gateway():
        answer = await world.get("/.well-known/limits.json", headers={})

    assert (answer.status, answer.json()["code"]) == (503, "RUNNER_UNAVAILABLE")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "LOCALHOST:1234"}, 421),
        ({"host": "evil.example"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
async def test_an_embedded_gateway_refuses_other_hosts_and_other_pages(
    world: World, headers: dict[str, str], status: int
) -> None:
    async with world.gateway(allowed_hosts="127.0.0.1"):
        answer = await world.get("/", headers=headers)
        health = await world.get("/livez", headers=headers)

    assert answer.status == status
    assert health.status == 200


async def test_migrating_twice_changes_nothing(databases_of_gateway: str) -> None:
    assert await migrate_database(databases_of_gateway) == []


async def test_every_named_statement_prepares_as_the_gateways_own_role(app_database_url: str) -> None:
    connection = await asyncpg.connect(app_database_url, server_settings={"search_path": "gateway"})
    try:
        for file in STATEMENTS.iterdir():
            for statement in load_queries(file).values():
                await connection.prepare(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM gateway.api_key",
        "UPDATE gateway.api_key SET secret_hash = ''",
        "UPDATE gateway.api_key SET permissions = '{}'",
        "UPDATE gateway.tenant SET name = ''",
        "DROP TABLE gateway.tenant",
        "CREATE TABLE gateway.more (id int)",
    ],
)
async def test_the_gateways_own_role_cannot_rewrite_keys_or_tables(
    app_database_url: str, statement: str
) -> None:
    connection = await asyncpg.connect(app_database_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


def _run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "ANNEX" not in name}
    return subprocess.run(
        [sys.executable, "-m", "annex_gateway", command],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_missing_settings_are_all_named_at_once() -> None:
    ended = _run("serve", {"API_KEY_PEPPER": "short"})

    assert ended.returncode == 2
    assert "DATABASE_URL" in ended.stderr
    assert "API_KEY_PEPPER" in ended.stderr
    assert "short" not in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_the_schema_is_made_on_the_command_line(database_url: str) -> None:
    ended = await asyncio.to_thread(_run, "migrate", {"MIGRATION_DATABASE_URL": database_url})

    assert ended.returncode == 0
    assert '"migrations_done"' in ended.stdout


async def test_serving_starts_and_ends_on_request(world: World) -> None:
    environment = {
        "DATABASE_URL": world.database_url,
        "REDIS_URL": world.redis_url,
        "REGISTRY_URL": world.registry_stage.url,
        "RUNNER_PROXY_URL": world.runner_stage.url,
        "SERVICE_KEY_FILE": str(world.key_file),
        "API_KEY_PEPPER": "the pepper of the integration tests",
        "ANNEX_GATEWAY_HOST": "127.0.0.1",
        "ANNEX_GATEWAY_PORT": "0",
        "EXT_GATEWAY_TIMEOUT_MS": "5000",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "annex_gateway",
        "serve",
        env={"PATH": os.environ["PATH"]} | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(30):
        while not any('"service_started"' in line for line in lines):
            lines.append((await process.stdout.readline()).decode())
        process.terminate()
        await process.wait()
        await process.stdout.read()

    assert process.returncode == 0
    assert any("EXT_GATEWAY_TIMEOUT_MS" in line for line in lines)
