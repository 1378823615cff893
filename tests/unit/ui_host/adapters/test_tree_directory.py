import os
from pathlib import Path

import pytest

from annex_ui_host.adapters.compression import compressed
from annex_ui_host.adapters.tree_directory import TreeDirectory
from annex_ui_host.domain.ui_tree import UiTree
from unit.ui_host.fakes import HASH, OTHER_HASH, MemoryFile

TEXT = b"again and again " * 100


def a_folder(root: Path, *, max_bytes: int = 1 << 20) -> TreeDirectory:
    folder = TreeDirectory(root, max_bytes=max_bytes)
    folder.prepare()
    return folder


def tree_of(*paths: str) -> UiTree:
    tree = UiTree.of([MemoryFile(f"ui/{path}", TEXT) for path in paths], max_bytes=1 << 20)
    return tree.with_coded({path: compressed(TEXT) for path in paths})


def test_tree_lies_there_in_every_coding_under_every_name(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)

    is_shown = folder.show(["acme.notes", "an-id"], HASH, tree_of("assets/app.js"))

    assert is_shown
    assert folder.shown() == {("acme.notes", HASH), ("an-id", HASH)}
    link = tmp_path / "names" / "acme.notes" / str(HASH)
    assert (link / "identity" / "assets" / "app.js").read_bytes() == TEXT
    assert sorted(path.name for path in link.iterdir()) == ["br", "gzip", "identity", "zstd"]


def test_times_of_files_come_from_their_content(tmp_path: Path) -> None:
    times = []
    for name in ("one", "other"):
        a_folder(tmp_path / name).show(["acme.notes"], HASH, tree_of("app.js"))
        tree = tmp_path / name / "trees" / HASH.hex
        times.append([(tree / coding / "app.js").stat().st_mtime for coding in ("identity", "br", "gzip")])

    assert times[0] == times[1]
    assert len(set(times[0])) == 3


@pytest.mark.parametrize("path", ["../x.js", "/x.js", "a//b.js", ".env", "a/./b.js", "a\\b.js", "x\0.js"])
def test_tree_with_a_path_that_could_leave_it_is_not_written(path: str, tmp_path: Path) -> None:
    folder = a_folder(tmp_path)

    is_shown = folder.show(["acme.notes"], HASH, UiTree.of([MemoryFile(f"ui/{path}", b"x")], max_bytes=9999))

    assert not is_shown
    assert list((tmp_path / "trees").iterdir()) == []


def test_hidden_tree_is_gone_at_once_and_swept_later(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    folder.show(["acme.notes"], HASH, tree_of("app.js"))

    folder.hide("acme.notes", HASH)

    assert folder.shown() == set()
    folder.sweep()
    assert list((tmp_path / "trees").iterdir()) == []


def test_oldest_tree_makes_room(tmp_path: Path) -> None:
    folder = a_folder(tmp_path, max_bytes=len(TEXT) * 3 // 2)
    for number, content_hash in enumerate((HASH, OTHER_HASH)):
        folder.show(["acme.notes"], content_hash, tree_of("app.js"))
        os.utime(tmp_path / "trees" / content_hash.hex, (number, number))

    folder.sweep()

    assert folder.shown() == {("acme.notes", OTHER_HASH)}


def test_half_written_tree_of_a_killed_process_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "trees" / ".new-0").mkdir(parents=True)

    a_folder(tmp_path)

    assert list((tmp_path / "trees").iterdir()) == []
