"""A denied capability is told with the place in the manifest that would give it."""

from pathlib import Path

from annex_cli.dev.denials import denied_in

LINE = "storage.get was denied: cap:storage.kv is not granted"


def test_the_line_of_the_manifest_is_named(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{\n  "name": "notes",\n  "capabilities": []\n}\n')

    denied = denied_in(LINE, tmp_path, [])

    assert denied is not None
    assert denied.sentence == (
        'storage.get needs cap:storage.kv: add "cap:storage.kv" to "capabilities" in manifest.json:3'
    )


def test_a_manifest_that_asks_for_nothing_is_named_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")

    denied = denied_in(LINE, tmp_path, [])

    assert denied is not None
    assert denied.place == "manifest.json"


def test_what_the_simulator_takes_away_is_not_the_manifests_fault(tmp_path: Path) -> None:
    denied = denied_in(LINE, tmp_path, ["cap:storage.kv"])

    assert denied is not None
    assert denied.is_withheld
    assert "manifest.json" not in denied.sentence


def test_other_lines_are_no_denials(tmp_path: Path) -> None:
    assert denied_in("GET /hello began", tmp_path, []) is None
