"""The program itself: when it refuses to start, and that nothing of it is left when it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from integration.runner_proxy.platform import Keys
from integration.runner_proxy.workers import children_of, is_alive, until


def _environment(folder: Path, **changes: str) -> dict[str, str]:
    Keys.make(folder)
    return {
        "HOST": "127.0.0.1",
        "PORT": "0",
        "REGISTRY_URL": "http://127.0.0.1:9",
        "SERVICE_KEY_FILE": str(folder / "service.pem"),
        "SERVICE_KEYS_FILE": str(folder / "peers.json"),
        "EXT_CACHE_ROOT": str(folder / "cache"),
        "WORKERS": "2",
        **changes,
    }


@contextmanager
def _program(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "annex_runner_proxy", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_no_worker_outlives_the_service(tmp_path: Path, ending: signal.Signals) -> None:
    with _program(_environment(tmp_path)) as process:
        await until(lambda: len(children_of(process.pid)) == 3, seconds=30)
        workers = children_of(process.pid)

        process.send_signal(ending)
        process.wait(timeout=15)
        await until(lambda: not any(is_alive(pid) for pid in workers))

    assert process.returncode == (-signal.SIGKILL if ending is signal.SIGKILL else 0)


async def test_predecessors_names_are_taken_with_a_warning(tmp_path: Path) -> None:
    with _program(_environment(tmp_path)) as process:
        await until(lambda: len(children_of(process.pid)) == 3, seconds=30)
        process.terminate()
        output, _ = process.communicate(timeout=15)

    assert b"EXT_CACHE_ROOT is the predecessor's name" in output


@pytest.mark.parametrize("unsafe", ["link", "writable", "file"])
def test_cache_root_that_others_could_write_is_refused(tmp_path: Path, unsafe: str) -> None:
    root = tmp_path / "cache"
    match unsafe:
        case "link":
            (tmp_path / "elsewhere").mkdir(mode=0o700)
            root.symlink_to(tmp_path / "elsewhere")
        case "writable":
            root.mkdir()
            root.chmod(0o777)
        case _:
            root.touch()

    with _program(_environment(tmp_path)) as process:
        output, _ = process.communicate(timeout=15)

    assert process.returncode == 2
    assert b"The cache folder" in output


def test_mac_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "cache"
    root.mkdir(mode=0o700)
    (root / "mac.key").write_bytes(bytes(32))
    (root / "mac.key").chmod(0o644)

    with _program(_environment(tmp_path)) as process:
        output, _ = process.communicate(timeout=15)

    assert process.returncode == 2
    assert b"can be read by others" in output


def test_missing_settings_are_named(tmp_path: Path) -> None:
    with _program({"CACHE_ROOT": str(tmp_path / "cache")}) as process:
        output, _ = process.communicate(timeout=15)

    assert process.returncode == 2
    assert b"REGISTRY_URL" in output
    assert b"SERVICE_KEY_FILE" in output


async def test_cache_root_and_key_are_made_for_us_alone(tmp_path: Path) -> None:
    with _program(_environment(tmp_path)) as process:
        await until((tmp_path / "cache" / "mac.key").exists)
        process.terminate()
        process.communicate(timeout=15)

    assert oct((tmp_path / "cache").stat().st_mode & 0o777) == "0o700"
    assert oct((tmp_path / "cache" / "mac.key").stat().st_mode & 0o777) == "0o600"
    assert (tmp_path / "cache").stat().st_uid == os.geteuid()
