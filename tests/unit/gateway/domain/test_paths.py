from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.errors import PathRefused
from annex_gateway.domain.paths import SafePath


@pytest.mark.parametrize("raw", ["", "/"])
def test_nothing_and_a_slash_are_the_root(raw: str) -> None:
    assert SafePath.parse(raw).segments == ()
    assert str(SafePath.parse(raw)) == "/"


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        ("/notes", ("notes",)),
        ("/notes/42", ("notes", "42")),
        ("/a%20b/%C3%A9", ("a b", "é")),
        ("/%2541", ("%41",)),
        ("/...", ("...",)),
        ("/a;b=c/d:e", ("a;b=c", "d:e")),
    ],
)
def test_a_path_is_decoded_exactly_once(raw: str, segments: tuple[str, ...]) -> None:
    assert SafePath.parse(raw).segments == segments


@pytest.mark.parametrize(
    "raw",
    [
        "//",
        "/a//b",
        "/a/",
        "/a/../b",
        "/a/./b",
        "/..",
        "/%2e%2e/x",
        "/.%2E",
        "/a%2Fb",
        "/a%2fb",
        "/a%5Cb",
        "/a\\b",
        "/a%00b",
        "/a%0ab",
        "/a%7f",
        "/%",
        "/%4",
        "/%zz",
        "/%FF",
        "/é",
        "relative",
        "/" + "a/" * 64 + "a",
    ],
)
def test_a_path_with_two_readings_is_refused(raw: str) -> None:
    with pytest.raises(PathRefused):
        SafePath.parse(raw)


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_an_accepted_path_has_one_canonical_text_and_never_climbs(tail: str) -> None:
    try:
        path = SafePath.parse(f"/{tail}")
    except PathRefused:
        return

    assert SafePath.parse(str(path)) == path
    assert all(segment not in ("", ".", "..") for segment in path.segments)
    assert not set(unquote(str(path)).replace("/", "")) & {"\\", "\0"}
    assert len(unquote(str(path)).split("/")) == max(2, len(path.segments) + 1)


def test_what_follows_a_prefix_is_a_path_of_its_own() -> None:
    assert SafePath.parse("/api/ext/notes/42").after(2) == SafePath.parse("/notes/42")
