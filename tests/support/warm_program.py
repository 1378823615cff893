"""Run a command line program again and again in processes of its own, imported once.

Half a second of every run of a Python program is importing. A server imports the program, and each run is a
fork of it: a process with its own arguments, environment, folder, streams and exit code. What a fresh
interpreter decides at its start (encodings, warning filters, signal handlers) is decided once; tests of that
start a real one.
"""

import array
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO

_LIMIT_SECONDS = 60
_MOST_REQUEST_BYTES = 1 << 20
_STREAMS = 3


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended. ``code`` is negative where a signal ended it."""

    code: int
    stdout: bytes
    stderr: bytes


class WarmProgram:
    """The server's side of a test: started at the first run, gone with the process that started it."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._address = ""
        self._server: subprocess.Popen[bytes] | None = None

    def run(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        stdin: bytes = b"",
        within_seconds: float = _LIMIT_SECONDS,
    ) -> Ended:
        """Run to the end. Raises TimeoutError."""
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
            socket.socket(socket.AF_UNIX) as connection,
        ):
            given.write(stdin)
            given.seek(0)
            connection.settimeout(within_seconds)
            connection.connect(self._started())
            request = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
            socket.send_fds(
                connection, [json.dumps(request).encode()], [stream.fileno() for stream in (given, out, err)]
            )
            connection.shutdown(socket.SHUT_WR)
            code = array.array("i", connection.recv(array.array("i").itemsize))[0]
            return Ended(code, _content(out), _content(err))

    def _started(self) -> str:
        if self._server is None:
            self._address = f"{tempfile.mkdtemp(prefix='warm-')}/program"
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(self._address)
            listening.listen()
            with listening:
                self._server = subprocess.Popen(
                    [
                        *(sys.executable, "-P", "-W", "error", __file__),
                        *(self._module, str(listening.fileno())),
                    ],
                    stdin=subprocess.PIPE,
                    pass_fds=[listening.fileno()],
                )
        return self._address


def _content(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()


def main(module: str, descriptor: int) -> None:
    """Serve until our standard input ends, which is when the tests have."""
    program: Callable[[], None] = import_module(f"{module}.__main__").main
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(fileno=descriptor)
    watched = selectors.DefaultSelector()
    watched.register(listening, selectors.EVENT_READ)
    watched.register(sys.stdin, selectors.EVENT_READ)
    while True:
        ready = {key.fileobj for key, _ in watched.select()}
        if sys.stdin in ready:
            return
        connection, _ = listening.accept()
        with connection:
            if os.fork() == 0:
                _attend(connection, program)


def _attend(connection: socket.socket, program: Callable[[], None]) -> None:
    """Start one run, wait for its end and tell the code; never returns to the server's loop."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request, streams, _, _ = socket.recv_fds(connection, _MOST_REQUEST_BYTES, _STREAMS)
        child = os.fork()
        if child == 0:
            _become(json.loads(request), streams, program)
        _, status = os.waitpid(child, 0)
        connection.sendall(array.array("i", [os.waitstatus_to_exitcode(status)]).tobytes())
    finally:
        os._exit(0)


def _become(request: dict[str, object], streams: Sequence[int], program: Callable[[], None]) -> None:
    """Turn this process into a run of the program, to its end."""
    code = 1
    try:
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        os.environ.clear()
        os.environ.update(request["environment"])  # type: ignore[call-overload] # written by our own side
        os.chdir(str(request["folder"]))
        sys.argv = ["annex", *request["arguments"]]  # type: ignore[misc] # likewise
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
