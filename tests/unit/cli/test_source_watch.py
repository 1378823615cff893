import os
from pathlib import Path

from annex_cli.source_watch import SourceWatch


def test_new_gone_and_changed_sources_are_noticed_and_what_is_built_is_not(tmp_path: Path) -> None:
    for name in ("src/a.js", "src/b.js", "src/gone.js", "dist/main.wasm", "node_modules/x/i.js", ".git/HEAD"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    watch = SourceWatch(tmp_path, outside=tmp_path / "out")
    before = watch.look()

    (tmp_path / "src/gone.js").unlink()
    (tmp_path / "src/new.js").write_text("1")
    os.utime(tmp_path / "src/a.js", ns=(1, 1))
    for name in ("dist/main.wasm", "node_modules/x/i.js", ".git/HEAD", ".swp"):
        (tmp_path / name).write_text("22")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "copy.js").write_text("1")

    assert watch.changed(before, watch.look()) == ["src/a.js", "src/gone.js", "src/new.js"]
    assert watch.changed(before, before) == []
