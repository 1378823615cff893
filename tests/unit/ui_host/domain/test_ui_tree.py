import hashlib

import pytest

from annex_ui_host.domain.errors import UiTooLarge
from annex_ui_host.domain.ui_tree import UiTree
from unit.ui_host.fakes import MemoryFile


def test_only_files_below_ui_are_kept() -> None:
    files = [
        MemoryFile("manifest.json", b"{}"),
        MemoryFile("ui/index.html", b"<p>"),
        MemoryFile("ui/a/b.js", b"1"),
        MemoryFile("uid/x.js", b"2"),
        MemoryFile("dist/main.wasm", b"\0asm"),
    ]

    tree = UiTree.of(files, max_bytes=10_000)

    assert sorted(tree.assets) == ["a/b.js", "index.html"]


def test_etag_is_strong_and_the_hash_of_the_file() -> None:
    tree = UiTree.of([MemoryFile("ui/a.js", b"let a")], max_bytes=10_000)

    assert tree.assets["a.js"].plain.etag == f'"sha256-{hashlib.sha256(b"let a").hexdigest()}"'


def test_tree_over_the_limit_is_refused_before_its_file_is_read() -> None:
    class Huge(MemoryFile):
        @property
        def size_bytes(self) -> int:
            return 1 << 40

        def read(self) -> bytes:
            raise AssertionError("read although its size was known to be too much")

    with pytest.raises(UiTooLarge) as refusal:
        UiTree.of([Huge("ui/a.bin", b"")], max_bytes=1 << 20)

    assert refusal.value.details == {"maximum": 1 << 20}


def test_many_empty_files_count_too() -> None:
    files = [MemoryFile(f"ui/{number}.js", b"") for number in range(100)]

    with pytest.raises(UiTooLarge):
        UiTree.of(files, max_bytes=10_000)
