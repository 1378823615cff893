"""Snapshots: numbers that only grow, whole ones with the handler, and pages apart from it."""

import json
from pathlib import Path

import pytest

from annex_cli.dev.snapshots import PUBLISHER, Snapshots
from support.guests import guest_wasm

MANIFEST = {
    "name": "notes",
    "version": "1.4.0",
    "runtime": "wasm-js@1",
    "capabilities": ["cap:storage.kv"],
    "ui": {"type": "iframe", "entry": "ui/index.html"},
    "api": {"endpoints": [{"method": "GET", "path": "/notes", "handler": "notes"}]},
}


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    project = tmp_path / "project"
    for name, data in {
        "manifest.json": json.dumps(MANIFEST).encode(),
        "ui/index.html": b"<h1>Notes</h1>",
        "dist/main.wasm": guest_wasm("ok"),
        "src/main.js": b"",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(data)
    return Snapshots(project, tmp_path / "snapshots")


@pytest.mark.parametrize(
    ("version", "snapshot"),
    [
        ("1.4.0", "1.4.0-dev.1000"),
        ("1.4.0-beta.2", "1.4.0-beta.2.dev.1000"),
        ("1.4.0+build.7", "1.4.0-dev.1000"),
    ],
    ids=["release", "pre-release", "build metadata"],
)
def test_a_snapshot_has_a_number_of_its_own(snapshots: Snapshots, version: str, snapshot: str) -> None:
    assert snapshots.next_version(version, 1000) == snapshot


def test_numbers_grow_also_where_the_clock_does_not(snapshots: Snapshots) -> None:
    numbers = [snapshots.next_version("1.4.0", now_ms) for now_ms in (1000, 1000, 900, 2000)]

    assert numbers == [f"1.4.0-dev.{number}" for number in (1000, 1001, 1002, 2000)]


def test_a_whole_snapshot_is_the_project_under_another_number(snapshots: Snapshots) -> None:
    whole = snapshots.whole(1000)

    assert (whole.extension, str(whole.manifest.version)) == (f"{PUBLISHER}/notes", "1.4.0-dev.1000")
    assert whole.manifest.declares_handler
    assert json.loads((snapshots.project / "manifest.json").read_text()) == MANIFEST
    assert not (snapshots.folder / "whole" / "src").exists()


def test_pages_are_packed_without_handler_and_without_what_it_asks_for(snapshots: Snapshots) -> None:
    pages = snapshots.pages(1000)

    assert not pages.manifest.declares_handler
    assert (pages.manifest.capabilities, pages.manifest.ui_entry) == ([], "ui/index.html")
    assert not (snapshots.folder / "pages" / "dist").exists()


def test_the_same_pages_under_another_number_are_other_content(snapshots: Snapshots) -> None:
    assert snapshots.pages(1000).content_hash != snapshots.pages(1000).content_hash
