import os
import signal
import stat
from pathlib import Path

import pytest
import redis.asyncio

from annex_standalone.servers.errors import (
    DataDirectoryForeign,
    DataDirectoryInUse,
    DataDirectoryNotWritable,
    ServerDidNotStart,
)
from annex_standalone.servers.valkey import valkey_server


async def put(url: str, key: str, value: str) -> None:
    async with redis.asyncio.from_url(url) as client:
        await client.set(key, value)


async def get(url: str, key: str) -> object:
    async with redis.asyncio.from_url(url) as client:
        return await client.get(key)


async def test_what_was_written_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    async with valkey_server(tmp_path) as server:
        await put(server.url, "colour", "green")
    async with valkey_server(tmp_path) as server:
        found = await get(server.url, "colour")

    assert found == b"green"


async def test_a_killed_server_starts_again_with_its_data(tmp_path: Path) -> None:
    async with valkey_server(tmp_path) as server:
        async with redis.asyncio.from_url(server.url) as client:
            await client.set("colour", "green")
            # The file is synchronised once a second; WAITAOF returns when this write is.
            await client.waitaof(1, 0, 5000)
        os.kill(server.pid, signal.SIGKILL)
        await server.ended()
    async with valkey_server(tmp_path) as server:
        found = await get(server.url, "colour")

    assert found == b"green"


async def test_the_server_has_a_private_socket_and_no_tcp_port(tmp_path: Path) -> None:
    async with valkey_server(tmp_path) as server:
        async with redis.asyncio.from_url(server.url) as client:
            settings = await client.config_get("port", "appendonly", "save")
        mode = stat.S_IMODE((tmp_path / "valkey" / "socket").stat().st_mode)

    assert settings == {"port": "0", "appendonly": "yes", "save": ""}
    assert mode == 0o700


async def test_a_second_server_over_the_same_directory_is_refused(tmp_path: Path) -> None:
    async with valkey_server(tmp_path) as first:
        with pytest.raises(DataDirectoryInUse):
            async with valkey_server(tmp_path):
                pass

        await put(first.url, "colour", "still green")


async def test_a_directory_with_somebody_elses_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "novel.txt").touch()

    with pytest.raises(DataDirectoryForeign):
        async with valkey_server(tmp_path):
            pass


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(DataDirectoryNotWritable):
        async with valkey_server(tmp_path / "home"):
            pass


async def test_a_damaged_file_is_reported_in_the_servers_own_words(tmp_path: Path) -> None:
    async with valkey_server(tmp_path) as server:
        await put(server.url, "colour", "green")
    for part in (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof"):
        part.write_bytes(b"this is not an append-only file\r\n" * 3)

    with pytest.raises(ServerDidNotStart) as refused:
        async with valkey_server(tmp_path):
            pass

    assert "Bad file format" in refused.value.log_tail
