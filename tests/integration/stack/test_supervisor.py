import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from support.stack.client import TESTS

WAIT_SECONDS = 30


@contextmanager
def supervisor(home: Path, environ: Mapping[str, str] = os.environ) -> Iterator[subprocess.Popen[str]]:
    """Run a supervisor of its own, apart from the one this test run uses."""
    environment = {**environ, "PYTHONPATH": str(TESTS), "ANNEX_TEST_HOME": str(home)}
    with subprocess.Popen(
        [sys.executable, "-m", "support.stack.supervisor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def order(process: subprocess.Popen[str], name: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(name + "\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def is_up(url: str) -> bool:
    with redis.from_url(url) as client, contextlib.suppress(redis.exceptions.ConnectionError):
        return bool(client.ping())
    return False


def goes_down(url: str) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if not is_up(url):
            return True
        time.sleep(0.05)
    return False


def test_the_end_of_orders_stops_the_servers(tmp_path: Path) -> None:
    with supervisor(tmp_path) as process:
        url = order(process, "redis")["addresses"]["ANNEX_TEST_REDIS_URL"]
        was_up = is_up(url)
        assert process.stdin is not None

        process.stdin.close()
        code = process.wait(WAIT_SECONDS)

    assert was_up
    assert code == 0
    assert not is_up(url)


def test_an_interrupt_stops_the_servers(tmp_path: Path) -> None:
    with supervisor(tmp_path) as process:
        url = order(process, "redis")["addresses"]["ANNEX_TEST_REDIS_URL"]

        process.send_signal(signal.SIGINT)
        code = process.wait(WAIT_SECONDS)

    assert code == 0
    assert not is_up(url)


def test_the_servers_of_a_killed_supervisor_end_with_it(tmp_path: Path) -> None:
    with supervisor(tmp_path) as process:
        url = order(process, "redis")["addresses"]["ANNEX_TEST_REDIS_URL"]
        was_up = is_up(url)

        process.kill()

        assert was_up
        assert goes_down(url)


def test_two_runs_beside_each_other_have_servers_of_their_own(tmp_path: Path) -> None:
    with supervisor(tmp_path) as one, supervisor(tmp_path) as other:
        urls = {order(process, "redis")["addresses"]["ANNEX_TEST_REDIS_URL"] for process in (one, other)}

        assert len(urls) == 2
        assert all(is_up(url) for url in urls)


def test_a_missing_program_is_answered_with_the_command_that_installs_it(tmp_path: Path) -> None:
    with supervisor(tmp_path, {"PATH": "/nowhere"}) as process:
        answer = order(process, "redis")

    assert "apt-get install -y --no-install-recommends redis-server" in answer["error"]
