import json
from urllib.parse import parse_qs, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.secret_templates import (
    Outgoing,
    bytes_without_values,
    filled,
    has_secret,
    named_secrets,
    without_values,
)
from annex_runner_proxy.domain.web_target import parse_target

URL = "https://api.example.com/x?key={{secret:QUERY}}&more=%7b%7bsecret%3AMORE%7d%7d"


def a_request(body: bytes | None = None, content_type: str = "text/plain") -> Outgoing:
    headers = (("authorization", "Bearer {{secret:TOKEN}}"), ("content-type", content_type))
    return Outgoing("POST", parse_target(URL), headers, body)


def test_secrets_are_named_in_headers_query_and_body() -> None:
    request = a_request(b"a {{secret:BODY}} b {{secret:BODY}} {{secret: NO}} {secret:NO}")

    assert named_secrets(request) == {"TOKEN", "QUERY", "MORE", "BODY"}
    assert has_secret("Bearer {{secret:TOKEN}}")


def test_the_path_is_no_place_for_a_secret() -> None:
    request = Outgoing("GET", parse_target("https://api.example.com/{{secret:A}}"), (), None)

    assert named_secrets(request) == frozenset()


@given(st.text(min_size=1, max_size=40).filter(lambda value: value.isprintable()))
def test_a_value_never_breaks_out_of_its_place(value: str) -> None:
    values = dict.fromkeys(("TOKEN", "QUERY", "MORE", "BODY"), value)

    as_json = filled(a_request(b'{"a":"{{secret:BODY}}"}', "application/json; charset=utf-8"), values)
    as_form = filled(a_request(b"a={{secret:BODY}}&b=1", "application/x-www-form-urlencoded"), values)

    assert json.loads(as_json.body or b"") == {"a": value}
    assert parse_qs((as_form.body or b"").decode(), keep_blank_values=True)["a"] == [value]
    assert [unquote(part.partition("=")[2]) for part in (as_json.target.query or "").split("&")] == [
        value,
        value,
    ]


def test_a_value_that_looks_like_a_template_is_not_filled_in_again() -> None:
    ready = filled(a_request(), {"TOKEN": "{{secret:QUERY}}", "QUERY": "q", "MORE": "m"})

    assert dict(ready.headers)["authorization"] == "Bearer {{secret:QUERY}}"


@pytest.mark.parametrize("echo", [b"it is hunter22!", b'{"v": "hunter22!"}', b"v=hunter22%21"])
def test_an_echoed_value_is_blanked_out(echo: bytes) -> None:
    values = {"TOKEN": "hunter22!"}

    assert b"hunter22" not in bytes_without_values(echo, values)
    assert without_values("x hunter22! y", values) == "x [secret] y"


def test_a_short_value_does_not_blank_out_ordinary_words() -> None:
    assert bytes_without_values(b"a cat sat", {"T": "at"}) == b"a cat sat"
