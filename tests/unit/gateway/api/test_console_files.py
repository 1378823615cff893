import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from annex_gateway.api.console_files import BuiltConsole, ConsoleUnusable


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta name="annex-console" content="%config%">')
    for name in ("console-ABCDEF12.js", "console-ABCDEF12.js.br", "page.js", "secret.pem", "a-ABCDEF12.exe"):
        (tmp_path / "assets" / name).write_text(name)
    return tmp_path


def test_only_hashed_files_of_known_types_are_served_with_their_coded_variants(built: Path) -> None:
    console = BuiltConsole.read(built, told={})

    assert list(console.files) == ["console-ABCDEF12.js"]
    assert console.files["console-ABCDEF12.js"].coded == (("br", b"console-ABCDEF12.js.br"),)


def test_what_the_page_is_told_stays_within_its_attribute(built: Path) -> None:
    told = {"version": '"><script>alert(1)</script>', "log_vkey": None}
    found: list[str | None] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend([tag, dict(attrs).get("content")])

    Reader().feed(BuiltConsole.read(built, told=told).page.decode())

    assert found == ["meta", json.dumps(told, separators=(",", ":"))]


def test_a_directory_without_a_built_console_is_refused(built: Path, tmp_path: Path) -> None:
    with pytest.raises(ConsoleUnusable, match="make web"):
        BuiltConsole.read(tmp_path / "nowhere", told={})

    (built / "index.html").write_text("<p>something else</p>")

    with pytest.raises(ConsoleUnusable, match="not built by this console"):
        BuiltConsole.read(built, told={})
