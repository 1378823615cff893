import pytest

from annex_ui_host.domain.media_types import is_document, media_type_of


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("a/INDEX.HTML", "text/html; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("app.min.mjs", "text/javascript; charset=utf-8"),
        ("app.js.map", "application/json"),
        ("logo.svg", "image/svg+xml"),
        ("font.woff2", "font/woff2"),
        ("code.wasm", "application/wasm"),
        ("program.exe", "application/octet-stream"),
        ("page.xhtml", "application/octet-stream"),
        ("html", "application/octet-stream"),
        ("v1.html/LICENSE", "application/octet-stream"),
    ],
)
def test_media_type_follows_the_last_ending_of_the_name(path: str, media_type: str) -> None:
    assert media_type_of(path) == media_type


def test_what_runs_scripts_when_opened_is_a_document() -> None:
    names = ["a.html", "a.htm", "a.svg", "a.js", "a.css", "a.png", "a.unknown"]

    assert [name for name in names if is_document(media_type_of(name))] == ["a.html", "a.htm", "a.svg"]
