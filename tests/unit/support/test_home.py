import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.stack.home import REPOSITORY, belongs_to, claimed_slot, root

SLEEPER = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process inside slot 0, as a server of an earlier run would."""
    directory = tmp_path / "slot-0" / "redis"
    directory.mkdir(parents=True)
    with subprocess.Popen(SLEEPER, cwd=directory, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_the_data_stands_in_the_repository_unless_told_otherwise(tmp_path: Path) -> None:
    assert root({}) == REPOSITORY / ".annex-test"
    assert root({"ANNEX_TEST_HOME": str(tmp_path)}) == tmp_path.resolve()


def test_runs_beside_each_other_get_different_slots(tmp_path: Path) -> None:
    with claimed_slot(tmp_path) as first, claimed_slot(tmp_path) as second:
        assert first.directory != second.directory


def test_a_slot_is_free_again_after_the_run(tmp_path: Path) -> None:
    with claimed_slot(tmp_path) as first:
        pass
    with claimed_slot(tmp_path) as again:
        assert again.directory == first.directory


def test_the_next_run_ends_what_a_crashed_run_left(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    (tmp_path / "slot-0" / "pids.json").write_text(f"[{sleeper.pid}]", encoding="utf-8")

    with claimed_slot(tmp_path):
        code = sleeper.wait(10)

    assert code == -9


def test_a_recorded_pid_that_is_another_process_now_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "slot-0").mkdir()
    (tmp_path / "slot-0" / "pids.json").write_text(f"[{os.getpid()}]", encoding="utf-8")

    with claimed_slot(tmp_path) as slot:
        assert not slot.pid_file.exists()


def test_a_process_belongs_to_the_directory_it_works_in(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    assert belongs_to(sleeper.pid, tmp_path / "slot-0")
    assert not belongs_to(sleeper.pid, tmp_path / "slot-1")


def test_a_place_starts_empty_unless_it_is_kept(tmp_path: Path) -> None:
    with claimed_slot(tmp_path) as slot:
        (slot.place("s3") / "block").touch()
        (slot.place("redis") / "dump").touch()

        assert list(slot.place("s3", keep=True).iterdir()) != []
        assert list(slot.place("redis").iterdir()) == []
