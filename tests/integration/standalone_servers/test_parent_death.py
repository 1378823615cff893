import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from annex_standalone.servers.postgres import postgres_server
from annex_standalone.servers.valkey import valkey_server

WAIT_SECONDS = 30
PLATFORM = """
import asyncio, pathlib, sys
import asyncpg
from annex_standalone.servers.postgres import postgres_server
from annex_standalone.servers.valkey import valkey_server

async def main():
    home = pathlib.Path(sys.argv[1])
    async with postgres_server(home) as postgres, valkey_server(home) as valkey:
        connection = await asyncpg.connect(postgres.url)
        await connection.execute("CREATE TABLE notes (text text); INSERT INTO notes VALUES ('committed')")
        print(postgres.pid, valkey.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@contextmanager
def platform(home: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run both servers in a process of their own, as the embedded platform does."""
    with subprocess.Popen(
        [sys.executable, "-c", PLATFORM, str(home)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, [int(word) for word in process.stdout.readline().split()]
        process.kill()


def is_alive(pid: int) -> bool:
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def all_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(is_alive(pid) for pid in pids)


def test_the_servers_of_a_killed_platform_end_with_it(tmp_path: Path) -> None:
    with platform(tmp_path) as (process, pids):
        were_alive = [is_alive(pid) for pid in pids]

        process.kill()

        assert were_alive == [True, True]
        assert all_gone(pids)


async def test_a_platform_started_right_after_a_kill_finds_what_was_committed(tmp_path: Path) -> None:
    with platform(tmp_path) as (process, _):
        process.kill()
        process.wait()

        async with postgres_server(tmp_path) as postgres, valkey_server(tmp_path):
            connection = await asyncpg.connect(postgres.url)
            found = await connection.fetchval("SELECT text FROM notes")
            await connection.close()

    assert found == "committed"
