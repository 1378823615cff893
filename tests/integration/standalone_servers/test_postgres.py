import os
import pwd
import signal
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from annex_standalone.servers.errors import (
    DataDirectoryForeign,
    DataDirectoryInUse,
    DataDirectoryNotWritable,
    DataDirectoryOfAnotherVersion,
    ServerDidNotStart,
)
from annex_standalone.servers.launch import AS_NOBODY, AS_NOBODY_WHO_MAY_PASS, NOBODY, Launcher
from annex_standalone.servers.postgres import postgres_server


async def write(url: str, text: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
    await connection.execute("INSERT INTO notes VALUES ($1)", text)
    await connection.close()


async def notes(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row["text"] for row in await connection.fetch("SELECT text FROM notes ORDER BY text")]
    finally:
        await connection.close()


async def test_what_was_written_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as server:
        await write(server.url, "kept")
    async with postgres_server(tmp_path) as server:
        found = await notes(server.url)

    assert found == ["kept"]


async def test_what_was_committed_survives_a_killed_server(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as server:
        await write(server.url, "committed")
        os.kill(server.pid, signal.SIGKILL)
        code = await server.ended()
    async with postgres_server(tmp_path) as server:
        found = await notes(server.url)

    assert code == -signal.SIGKILL
    assert found == ["committed"]


async def test_the_server_is_postgresql_18_without_a_tcp_port(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as server:
        connection = await asyncpg.connect(server.url)

        version = connection.get_server_version()
        listens_on = await connection.fetchval("SHOW listen_addresses")
        durable = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "full_page_writes")]
        await connection.close()

    assert version.major == 18
    assert listens_on == ""
    assert durable == ["on", "on"]


async def test_only_the_owner_can_reach_the_socket_and_the_data(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as server:
        modes = [
            stat.S_IMODE(path.stat().st_mode)
            for path in (tmp_path / "postgres", tmp_path / "postgres" / "data", server.socket_directory)
        ]

    assert modes == [0o700, 0o700, 0o700]


async def test_a_service_logs_in_as_its_own_role(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE ROLE registry_app LOGIN")
        await connection.close()

        as_service = await asyncpg.connect(server.url_for("registry_app"))
        role = await as_service.fetchval("SELECT current_user")
        await as_service.close()

    assert role == "registry_app"


async def test_a_second_server_over_the_same_directory_is_refused(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as first:
        with pytest.raises(DataDirectoryInUse, match="another process is using"):
            async with postgres_server(tmp_path):
                pass

        await write(first.url, "the first one goes on")


async def test_data_of_another_major_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with postgres_server(tmp_path):
        pass
    version_file = tmp_path / "postgres" / "data" / "PG_VERSION"
    version_file.write_text("17\n", encoding="ascii")

    with pytest.raises(DataDirectoryOfAnotherVersion, match=r"PostgreSQL 18 cannot open .* by PostgreSQL 17"):
        async with postgres_server(tmp_path):
            pass

    assert version_file.read_text(encoding="ascii") == "17\n"


async def test_a_directory_with_somebody_elses_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "novel.txt").write_text("Chapter 1", encoding="utf-8")

    with pytest.raises(DataDirectoryForeign):
        async with postgres_server(tmp_path):
            pass

    assert [path.name for path in (tmp_path / "postgres").iterdir()] == ["novel.txt"]


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, not a directory", encoding="utf-8")

    with pytest.raises(DataDirectoryNotWritable, match=r"home/postgres cannot be written"):
        async with postgres_server(tmp_path / "home"):
            pass


async def test_half_a_creation_is_made_again(tmp_path: Path) -> None:
    async with postgres_server(tmp_path):
        pass
    (tmp_path / "postgres" / "data").rename(tmp_path / "postgres" / "data.new")
    (tmp_path / "postgres" / "data.new" / "global" / "pg_control").unlink()

    async with postgres_server(tmp_path) as server:
        await write(server.url, "whole")
        found = await notes(server.url)

    assert found == ["whole"]


async def test_a_server_that_cannot_start_says_why_in_its_own_words(tmp_path: Path) -> None:
    async with postgres_server(tmp_path):
        pass
    (tmp_path / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n", encoding="ascii")

    with pytest.raises(ServerDidNotStart) as refused:
        async with postgres_server(tmp_path):
            pass

    assert 'unrecognized configuration parameter "no_such_setting"' in refused.value.log_tail


async def test_a_refused_statement_leaves_no_data_in_the_log(tmp_path: Path) -> None:
    async with postgres_server(tmp_path) as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        await connection.execute("INSERT INTO people VALUES ('Grete Samsa')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO people VALUES ('Grete Samsa')")
        await connection.close()
    log = (tmp_path / "postgres" / "postgres.log").read_text(encoding="utf-8")

    assert "people_pkey" in log
    assert "Grete" not in log


async def test_a_deep_directory_with_spaces_is_no_obstacle(tmp_path: Path) -> None:
    home = tmp_path / ("a rather long name " * 6)

    async with postgres_server(home) as server:
        await write(server.url, "deep")
        found = await notes(server.url)

    assert found == ["deep"]


async def test_starting_opens_no_directory_to_others_and_makes_no_account(tmp_path: Path) -> None:
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, *tmp_path.parents)]

    async with postgres_server(tmp_path):
        accounts = {account.pw_name for account in pwd.getpwall()}

    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, *tmp_path.parents)] == modes
    assert "pgserver" not in accounts


def anybody_may_enter(directory: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (directory, *directory.parents))


@pytest.fixture
def open_home() -> Iterator[Path]:
    """Return a directory that another account can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        home.chmod(0o755)
        yield home


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another account to become")
@pytest.mark.parametrize("account", [AS_NOBODY, AS_NOBODY_WHO_MAY_PASS], ids=["plain", "may pass"])
async def test_where_namespaces_are_forbidden_the_server_runs_as_nobody(
    open_home: Path, account: tuple[str, ...]
) -> None:
    if account == AS_NOBODY and not anybody_may_enter(Path(sys.prefix)):
        pytest.skip(f"nobody may not enter {sys.prefix}, where the program stands")
    async with postgres_server(open_home, launcher=Launcher(account, owner=NOBODY)) as server:
        owner = (Path("/proc") / str(server.pid)).stat().st_uid
        await write(server.url, "kept")
        found = await notes(server.url)

    assert owner == NOBODY
    assert found == ["kept"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a directory that nobody may enter")
async def test_without_namespaces_a_home_below_a_private_directory_works(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)

    async with postgres_server(private, launcher=Launcher(AS_NOBODY_WHO_MAY_PASS, owner=NOBODY)) as server:
        await write(server.url, "kept")
        found = await notes(server.url)

    assert found == ["kept"]
