"""The run's side of the supervisor: orders servers early, waits for each only when a test needs it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from pathlib import Path

# The variables of each server. When the first is set, the run uses that server and starts none.
VARIABLES = {
    "postgres": ("ANNEX_TEST_DATABASE_URL",),
    "rabbitmq": ("ANNEX_TEST_RABBITMQ_URL", "ANNEX_TEST_RABBITMQ_MANAGEMENT_URL"),
    "redis": ("ANNEX_TEST_REDIS_URL",),
    "s3": ("ANNEX_TEST_S3_URL", "ANNEX_TEST_S3_ACCESS_KEY", "ANNEX_TEST_S3_SECRET_KEY"),
}
START_SECONDS = 150
STOP_SECONDS = 60
TESTS = Path(__file__).resolve().parents[2]


class ServerNotAvailable(Exception):
    """A test needs a real server that could not be started; tests are never skipped for that."""


class Stack:
    """The servers of one run, each outside it or started for it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._answers: dict[str, Future[Mapping[str, str]]] = {}
        self._supervisor: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def order(self, names: Iterable[str]) -> list[str]:
        """Have servers started in the background; name those that are really started."""
        started = []
        for name in names:
            if name in self._answers:
                continue
            self._answers[name] = Future()
            if self._environ.get(VARIABLES[name][0]):
                found = {key: self._environ[key] for key in VARIABLES[name] if self._environ.get(key)}
                self._answers[name].set_result(found)
            else:
                self._send(name)
                started.append(name)
        return started

    def addresses(self, name: str) -> Mapping[str, str]:
        """Wait for one server and return its variables."""
        self.order([name])
        try:
            return self._answers[name].result(START_SECONDS)
        except TimeoutError:
            raise ServerNotAvailable(f"{name} was not ready after {START_SECONDS} s.") from None

    def close(self) -> None:
        """Have everything stopped, and wait until it is."""
        if self._supervisor is None or self._supervisor.stdin is None or self._supervisor.stdout is None:
            return
        self._supervisor.stdin.close()
        try:
            self._supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            self._supervisor.wait()
        if self._reader is not None:
            self._reader.join(STOP_SECONDS)
        self._supervisor.stdout.close()
        self._supervisor = None

    def _send(self, name: str) -> None:
        if self._supervisor is None:
            self._supervisor = self._launch()
            self._reader = threading.Thread(target=self._read, args=[self._supervisor], daemon=True)
            self._reader.start()
        if self._supervisor.stdin is not None:
            self._supervisor.stdin.write(name + "\n")
            self._supervisor.stdin.flush()

    def _launch(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "support.stack.supervisor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(TESTS)},
            # Ctrl-C reaches the run alone; the supervisor stops when the run closes its input.
            start_new_session=True,
        )

    def _read(self, supervisor: subprocess.Popen[str]) -> None:
        for line in supervisor.stdout or ():
            answer = json.loads(line)
            future = self._answers[answer["server"]]
            if "error" in answer:
                future.set_exception(ServerNotAvailable(answer["error"]))
            else:
                future.set_result(answer["addresses"])
        for future in self._answers.values():
            if not future.done():
                future.set_exception(
                    ServerNotAvailable("The supervisor of the test servers ended; see above.")
                )
