import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.errors import GuestResponseInvalid, ResponseTooLarge
from annex_gateway.domain.guest_answers import safe_answer, safe_headers
from annex_shared.contracts.execute import ExecuteResponse


def kept(*headers: tuple[str, str], has_body: bool = True) -> dict[str, str]:
    return dict(safe_headers(headers, has_body=has_body))


def an_answer(body: bytes = b"hello", **fields: object) -> ExecuteResponse:
    return ExecuteResponse.model_validate(
        {"status": 200, "body_b64": base64.b64encode(body).decode()} | fields
    )


@pytest.mark.parametrize(
    "name",
    ["Content-Type", "ETag", "Location", "X-Ext-Warning", "Retry-After", "Content-Language", "Link"],
)
def test_a_guests_own_header_is_kept(name: str) -> None:
    assert kept((name, "value"))[name.lower()] == "value"


@pytest.mark.parametrize(
    "name",
    [
        "Set-Cookie",
        "Connection",
        "Transfer-Encoding",
        "Content-Length",
        "Strict-Transport-Security",
        "Access-Control-Allow-Origin",
        "X-Annex-Problem",
        "X-Accel-Redirect",
        "Clear-Site-Data",
        "Service-Worker-Allowed",
        "WWW-Authenticate",
        "Server",
        "X-Request-Id",
        "RateLimit",
        "Expires",
        "X-Frame-Options",
        "Cross-Origin-Opener-Policy",
    ],
)
def test_a_header_that_speaks_for_the_platform_is_dropped(name: str) -> None:
    assert "guest" not in kept((name, "guest"), ("content-type", "text/plain")).values()


def test_what_connection_names_is_dropped() -> None:
    headers = kept(("Connection", "close, X-Hop"), ("X-Hop", "1"), ("X-End", "2"))

    assert "x-hop" not in headers
    assert headers["x-end"] == "2"


def test_repeated_headers_are_kept_in_order() -> None:
    headers = safe_headers([("Link", "<a>"), ("link", "<b>")], has_body=True)

    assert [value for name, value in headers if name == "link"] == ["<a>", "<b>"]


def test_html_is_sandboxed_and_types_are_not_guessed() -> None:
    headers = kept(("content-type", "text/html"), ("content-security-policy", "default-src *"))

    assert headers["content-security-policy"] == "sandbox"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_body_without_a_type_is_only_bytes() -> None:
    assert kept()["content-type"] == "application/octet-stream"
    assert "content-type" not in kept(has_body=False)


def test_of_two_types_the_first_counts() -> None:
    headers = safe_headers(
        [("content-type", "application/json"), ("content-type", "text/html")], has_body=True
    )

    assert [value for name, value in headers if name == "content-type"] == ["application/json"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], "no-store"),
        (["no-store"], "no-store"),
        (["public, max-age=60"], "private, max-age=60"),
        (["max-age=60, immutable"], "private, max-age=60"),
        (["private, no-cache"], "private, no-cache"),
        (["s-maxage=60", "max-age=5"], "private, max-age=5"),
        (["PUBLIC, No-Store"], "no-store"),
        (["public"], "private"),
    ],
)
def test_an_answer_is_never_kept_by_a_shared_cache(sent: list[str], expected: str) -> None:
    headers = kept(*(("Cache-Control", value) for value in sent))

    assert headers["cache-control"] == expected


def test_a_cacheable_answer_differs_by_credential() -> None:
    assert kept(("cache-control", "max-age=60"))["vary"] == "authorization, x-api-key"
    assert "vary" not in kept()


@pytest.mark.parametrize("status", [204, 205, 304])
def test_an_answer_without_content_has_no_body(status: int) -> None:
    assert safe_answer(an_answer(status=status), max_body_bytes=100).body == b""


@pytest.mark.parametrize("status", [0, 99, 100, 101, 199, 600, 65535])
def test_a_status_that_ends_no_exchange_is_refused(status: int) -> None:
    with pytest.raises(GuestResponseInvalid):
        safe_answer(an_answer(status=status), max_body_bytes=100)


@pytest.mark.parametrize(
    "header",
    [
        ("x-a", "one\r\nset-cookie: x"),
        ("x-a", "nul\0"),
        ("bad name", "x"),
        ("", "x"),
        ("x:y", "x"),
        ("x-a", "\ud800"),
        ("x-a", "v" * 40_000),
    ],
)
def test_a_header_that_http_cannot_carry_is_refused(header: tuple[str, str]) -> None:
    with pytest.raises(GuestResponseInvalid):
        safe_headers([header], has_body=True)


def test_a_body_that_is_not_base64_is_refused() -> None:
    with pytest.raises(GuestResponseInvalid):
        safe_answer(an_answer(body_b64="no base64!"), max_body_bytes=100)


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert len(safe_answer(an_answer(b"x" * 100), max_body_bytes=100).body) == 100
    with pytest.raises(ResponseTooLarge):
        safe_answer(an_answer(b"x" * 101), max_body_bytes=100)


_NAMES = st.sampled_from(
    ["Set-Cookie", "X-A", "Connection", "Cache-Control", "Content-Type", "X-Annex-Q", "TE", "Vary"]
)


@given(st.lists(st.tuples(_NAMES, st.sampled_from(["a", "x-a", "public", "text/html"])), max_size=12))
def test_no_mixture_of_headers_gets_past_the_policy(sent: list[tuple[str, str]]) -> None:
    headers = safe_headers(sent, has_body=True)
    names = [name for name, _ in headers]

    assert not {"set-cookie", "connection", "te", "x-annex-q"} & set(names)
    assert all(
        names.count(name) == 1 for name in ("cache-control", "content-type", "content-security-policy")
    )
    assert "public" not in dict(headers)["cache-control"]


@pytest.mark.parametrize("media_type", ["text/html", "Text/HTML; charset=utf-8", "image/svg+xml", "text/xml"])
@pytest.mark.parametrize("said", [(), (("Content-Disposition", "inline"),)], ids=["nothing", "inline"])
def test_a_page_is_saved_and_not_shown_on_the_gateways_origin(
    media_type: str, said: tuple[tuple[str, str], ...]
) -> None:
    headers = safe_headers([("Content-Type", media_type), *said], has_body=True)

    assert [value for name, value in headers if name == "content-disposition"] == ["attachment"]


def test_the_name_of_a_saved_page_is_the_guests() -> None:
    named = 'attachment; filename="a.html"'

    assert kept(("Content-Type", "text/html"), ("Content-Disposition", named))["content-disposition"] == named


def test_what_is_no_page_is_shown_as_the_guest_likes() -> None:
    assert "content-disposition" not in kept(("Content-Type", "application/json"))


@pytest.mark.parametrize("name", ["Idempotency-Replayed", "Server-Timing"])
def test_only_the_platform_speaks_of_replays_and_times(name: str) -> None:
    assert name.lower() not in kept((name, "x"))
