from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.content_hash import ContentHash, InvalidContentHash
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.errors import PathRefused

HASH = "sha256:" + "ab" * 32
BASE = f"/ext-ui/acme.notes/{HASH}/"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("index.html", "index.html"),
        ("assets/app-1.2_x~y.js", "assets/app-1.2_x~y.js"),
        ("a%20b.png", "a b.png"),
        ("%C3%A9t%c3%a9.svg", "été.svg"),
        ("icon@2x.png", "icon@2x.png"),
        ("icon%402x.png", "icon@2x.png"),
        ("a+b.js", "a+b.js"),
        ("", ""),
        ("settings/users", "settings/users"),
        ("index.html?tenant=x&path=/../..", "index.html"),
    ],
)
def test_plain_path_is_decoded_once(path: str, named: str) -> None:
    address = AssetAddress.parse(BASE + path)

    assert address == AssetAddress("acme.notes", ContentHash.parse(HASH), named)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../index.html", "dot"),
        ("a/../index.html", "dot"),
        ("./index.html", "dot"),
        ("a/..", "dot"),
        ("...", "dot"),
        (".well-known/x", "dot"),
        ("a/.env", "dot"),
        ("%2e%2e/index.html", "needless_escape"),
        ("%2E%2E/index.html", "needless_escape"),
        (".%2e/index.html", "needless_escape"),
        ("%69ndex.html", "needless_escape"),
        ("index%2Ehtml", "needless_escape"),
        ("%7Euser", "needless_escape"),
        ("%252e%252e/index.html", "separator"),
        ("%25", "separator"),
        ("..%2findex.html", "dot"),
        ("a%2fb.js", "separator"),
        ("a%2Fb.js", "separator"),
        ("a%5cb.js", "separator"),
        ("..%5cindex.html", "dot"),
        ("a\\b.js", "separator"),
        ("a;b.js", "separator"),
        ("a%3bb.js", "separator"),
        ("a//b.js", "empty_segment"),
        ("/index.html", "empty_segment"),
        ("a/", "empty_segment"),
        ("a.js%00.html", "invisible"),
        ("a%0d%0ab.js", "invisible"),
        ("a%7f.js", "invisible"),
        ("%E2%80%AEsj.ppa", "invisible"),
        ("a%E2%80%8Bb.js", "invisible"),
        ("a%C2%85b.js", "invisible"),
        ("%C0%AE%C0%AE/index.html", "encoding"),
        ("%E0%80%AE/index.html", "encoding"),
        ("%FF.js", "encoding"),
        ("%ED%A0%80.js", "encoding"),
        ("%u002e%u002e/index.html", "escape"),
        ("%zz.js", "escape"),
        ("a%.js", "escape"),
        ("a%2", "escape"),
        ("é.js", "escape"),
        ("index.html.", "trailing_dot"),
        ("index.html%20", "trailing_dot"),
        ("index.html#fragment", "fragment"),
        ("index.html?x=1#fragment", "fragment"),
        ("a" * 256, "length"),
        ("%C3%A9" * 128, "length"),
        ("a/" * 3000, "length"),
        ("/".join("a" * 33), "depth"),
    ],
)
def test_trick_is_refused_by_name(path: str, reason: str) -> None:
    with pytest.raises(PathRefused) as refusal:
        AssetAddress.parse(BASE + path)

    assert refusal.value.details == {"reason": reason}


@pytest.mark.parametrize(
    "target",
    [
        f"http://evil.example{BASE}index.html",
        f"//evil.example{BASE}index.html",
        "*",
        "evil.example:443",
        f"/EXT-UI/acme.notes/{HASH}/index.html",
        f"/%65xt-ui/acme.notes/{HASH}/index.html",
        f"/x/../ext-ui/acme.notes/{HASH}/index.html",
        "/ext-ui/",
        f"/ext-ui/acme.notes/{HASH}",
        f"/ext-ui/acme%2Fnotes/{HASH}/index.html",
        f"/ext-ui/../{HASH}/index.html",
        f"/ext-ui//{HASH}/index.html",
    ],
)
def test_other_form_of_target_is_refused(target: str) -> None:
    with pytest.raises(PathRefused):
        AssetAddress.parse(target)


@pytest.mark.parametrize(
    "spelling",
    [
        "SHA256:" + "ab" * 32,
        "Sha256:" + "ab" * 32,
        "sha256:" + "AB" * 32,
        "sha256:" + "ab" * 31,
        "sha256:" + "ab" * 33,
        "sha512:" + "ab" * 64,
        "ab" * 32,
        "sha256-" + "ab" * 32,
    ],
)
def test_hash_has_one_spelling(spelling: str) -> None:
    with pytest.raises(InvalidContentHash):
        AssetAddress.parse(f"/ext-ui/acme.notes/{spelling}/index.html")


def test_escaped_colon_of_the_hash_is_read_as_clients_write_it() -> None:
    address = AssetAddress.parse(f"/ext-ui/acme.notes/{quote(HASH, safe='')}/index.html")

    assert str(address.content_hash) == HASH


@pytest.mark.parametrize(
    ("path", "is_page_like"), [("", True), ("users/7", True), ("v1.2/users", True), ("app.js", False)]
)
def test_place_inside_an_app_has_no_file_extension(path: str, is_page_like: bool) -> None:  # noqa: FBT001 - a column
    address = AssetAddress.parse(BASE + path)

    assert address.is_page_like is is_page_like


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_whatever_is_accepted_stays_inside(tail: str) -> None:
    try:
        address = AssetAddress.parse(BASE + tail)
    except PathRefused:
        return

    segments = address.path.split("/")
    assert not address.path.startswith("/")
    assert not any(segment.startswith(".") for segment in segments)
    assert not set(address.path) & set("\\%;\x00#?\r\n")
    assert all(segments) or address.path == ""


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=1, max_size=4))
def test_accepted_name_survives_its_canonical_escape(names: list[str]) -> None:
    escaped = "/".join(quote(name, safe="") for name in names)
    try:
        address = AssetAddress.parse(BASE + escaped)
    except PathRefused:
        return

    assert address.path == "/".join(names)


@given(st.binary(min_size=1, max_size=12))
def test_no_escaped_bytes_ever_decode_to_a_step_up(raw: bytes) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in raw)
    try:
        address = AssetAddress.parse(f"{BASE}a/{escaped}")
    except PathRefused:
        return

    assert address.path.startswith("a/")
    assert address.path.count("/") == 1
