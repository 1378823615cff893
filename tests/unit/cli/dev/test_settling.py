"""One save is one change, pages need no build, and what a build writes starts no other."""

import pytest

from annex_cli.dev.settling import Settling, is_pages_only, of_sources


def test_changes_are_given_out_once_it_is_quiet_and_only_once() -> None:
    settling = Settling(settle_seconds=0.1)
    settling.note(["src/a.js"], now=1.0)
    settling.note(["src/b.js", "src/a.js"], now=1.08)

    assert settling.settled(now=1.15) == []
    assert settling.settled(now=1.25) == ["src/a.js", "src/b.js"]
    assert settling.settled(now=9.0) == []


def test_nothing_is_no_change() -> None:
    settling = Settling()
    settling.note([], now=1.0)

    assert settling.settled(now=2.0) == []


@pytest.mark.parametrize(
    ("files", "is_only"),
    [(["ui/index.html", "ui/a/b.css"], True), (["ui/index.html", "src/a.js"], False), (["uix/a"], False)],
    ids=["pages", "both", "another folder"],
)
def test_pages_alone_need_no_build(files: list[str], *, is_only: bool) -> None:
    assert is_pages_only(files) is is_only


def test_what_changed_during_a_build_is_a_persons_unless_builds_write_it() -> None:
    meanwhile = ["ui/app.js", "dist/main.wasm", "src/generated.js", "src/notes.js"]

    assert of_sources(meanwhile, frozenset()) == ["src/generated.js", "src/notes.js"]
    assert of_sources(meanwhile, frozenset({"src/generated.js"})) == ["src/notes.js"]
