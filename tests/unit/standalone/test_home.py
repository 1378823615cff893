"""The data directory is ours, writable and held once; whatever is refused is left as it was."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from annex_standalone.errors import HomeForeign, HomeLocked, HomeUnwritable
from annex_standalone.home import open_home


def test_a_second_opening_keeps_the_identity(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        first = home.identity
    with open_home(tmp_path / "home") as home:
        second = home.identity

    assert first == second
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_a_directory_in_use_is_refused_naming_its_process(tmp_path: Path) -> None:
    with open_home(tmp_path / "home"), pytest.raises(HomeLocked) as refused, open_home(tmp_path / "home"):
        pass

    assert f"process {os.getpid()}" in refused.value.message


def test_the_lock_ends_with_the_block(tmp_path: Path) -> None:
    with open_home(tmp_path / "home"):
        pass

    descriptor = os.open(tmp_path / "home" / "lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(descriptor)


def test_somebody_elses_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(HomeForeign, match="did not make"), open_home(tmp_path):
        pass

    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def test_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "annex.json").write_text(json.dumps({"layout": "annex.standalone/9", "identity": "x"}))

    with pytest.raises(HomeForeign, match="another version"), open_home(tmp_path):
        pass


def test_a_file_or_a_link_is_no_data_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)

    for name in ("file", "link"):
        with pytest.raises(HomeForeign, match="not a directory"), open_home(tmp_path / name):
            pass


def test_a_place_that_cannot_hold_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HomeUnwritable, match="ANNEX_HOME"), open_home(tmp_path / "file" / "home"):
        pass


def test_private_files_are_private_and_replaced_whole(tmp_path: Path) -> None:
    with open_home(tmp_path / "home") as home:
        home.write_private("dev.json", "one")
        path = home.write_private("dev.json", "two")

        assert path.read_text() == "two"
        assert path.stat().st_mode & 0o777 == 0o600
