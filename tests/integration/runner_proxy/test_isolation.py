"""A confined process really cannot: each attempt is made inside, by a program of the test's own."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

PROBE = """
import ctypes, json, os, signal, socket, subprocess, sys, threading
from pathlib import Path
from annex_runner_proxy.sandbox.isolation import cap_resources, confine, leave_the_parents_world

allowed, forbidden, port, parent = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
leave_the_parents_world(parent)
network_before = os.readlink("/proc/self/ns/net")
inherited = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
cap_resources(data_bytes=4 << 30, open_files=64)
isolation = confine(readable=[allowed])

def outcome(attempt):
    try:
        attempt()
    except BaseException as error:
        return type(error).__name__
    return "done"

def thread():
    worker = threading.Thread(target=int)
    worker.start()
    worker.join()

attempts = {
    "inet socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "unix socket": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
    "socketpair": lambda: socket.socketpair(),
    "connect an inherited socket": lambda: inherited.connect(("127.0.0.1", port)),
    "bind an inherited socket": lambda: inherited.bind(("127.0.0.1", 0)),
    "fork": os.fork,
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "signal the parent": lambda: os.kill(parent, 0),
    "read a file elsewhere": lambda: open(forbidden, "rb").read(),
    "read the parent's environment": lambda: open(f"/proc/{parent}/environ", "rb").read(),
    "write an allowed file": lambda: open(allowed / "module", "ab"),
    "create a file": lambda: open(allowed / "new", "xb"),
    "remove a file": lambda: os.unlink(allowed / "module"),
    "gain privilege": lambda: os.setuid(0) or os.chroot("/"),
    "read an allowed file": lambda: open(allowed / "module", "rb").read(),
    "start a thread": thread,
}
result = {name: outcome(attempt) for name, attempt in attempts.items()}
print(json.dumps({
    "attempts": result,
    "level": str(isolation.level),
    "pid": os.getpid(),
    "has_own_network": isolation.has_own_network,
    "network_changed": os.readlink("/proc/self/ns/net") != network_before,
}))
sys.stdout.flush()
os._exit(0)
"""

ALLOWED = ("read an allowed file", "start a thread")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    allowed, forbidden = tmp_path_factory.mktemp("allowed"), tmp_path_factory.mktemp("elsewhere") / "file"
    (allowed / "module").write_bytes(b"code")
    forbidden.write_bytes(b"secret")
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, str(allowed), str(forbidden), "1", str(os.getpid())],
        check=True,
        capture_output=True,
        timeout=30,
    )
    report: dict[str, Any] = json.loads(ended.stdout)
    return report


def test_what_a_worker_needs_still_works(report: dict[str, Any]) -> None:
    assert {name: report["attempts"][name] for name in ALLOWED} == dict.fromkeys(ALLOWED, "done")


@pytest.mark.parametrize(
    "attempt",
    [
        "inet socket",
        "unix socket",
        "socketpair",
        "connect an inherited socket",
        "bind an inherited socket",
        "fork",
        "run a program",
        "signal the parent",
        "write an allowed file",
        "create a file",
        "remove a file",
        "gain privilege",
    ],
)
def test_confined_process_is_refused(report: dict[str, Any], attempt: str) -> None:
    assert report["attempts"][attempt] == "PermissionError"


@pytest.mark.parametrize("attempt", ["read a file elsewhere", "read the parent's environment"])
def test_files_elsewhere_are_refused_where_the_kernel_can(report: dict[str, Any], attempt: str) -> None:
    if report["level"] != "no-files":
        pytest.skip("this kernel has no Landlock")

    assert report["attempts"][attempt] == "PermissionError"


def test_level_is_what_was_found(report: dict[str, Any]) -> None:
    assert report["level"] in {"no-network", "no-files"}


def test_own_network_is_claimed_only_where_the_process_left_the_hosts(report: dict[str, Any]) -> None:
    assert report["network_changed"] == report["has_own_network"]
