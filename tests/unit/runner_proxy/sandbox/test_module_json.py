import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.sandbox.messages import CallEnded, Failure
from annex_runner_proxy.sandbox.module_json import (
    MalformedFetch,
    answer_of,
    fetch_answer_json,
    fetch_request_of,
    request_json,
)


def _request(url: str = "/items?a=1&a=2&b=%C3%A9", body: bytes | None = b"\x00\xff") -> dict[str, Any]:
    return {
        "context": {"tenant-id": "t", "extension-id": "e", "install-id": "i", "request-id": None},
        "http": {
            "method": "POST",
            "url": url,
            "headers": [{"name": "Accept", "value": "a"}, {"name": "accept", "value": "b"}],
            "body": body,
        },
    }


def test_the_request_is_the_document_of_the_abi() -> None:
    document = json.loads(request_json(_request(), remaining_ms=5000))

    assert document == {
        "context": {"tenant_id": "t", "extension_id": "e", "install_id": "i", "deadline_ms": 5000},
        "http": {
            "method": "POST",
            "path": "/items",
            "url": "/items?a=1&a=2&b=%C3%A9",
            "query": {"a": "2", "b": "é"},
            "headers": {"accept": "a, b"},
            "body_b64": "AP8=",
        },
    }


def test_a_flood_of_parameters_is_left_in_the_url() -> None:
    url = "/?" + "&".join(f"p{number}=1" for number in range(2000))

    document = json.loads(request_json(_request(url, None), remaining_ms=1))

    assert document["http"]["query"] == {}
    assert document["http"]["url"] == url
    assert "body_b64" not in document["http"]


def test_an_answer_may_be_a_status_alone() -> None:
    assert answer_of(b'{"status":204}', response_bytes=10) == {"status": 204, "headers": [], "body": None}


def test_a_repeated_header_is_a_list() -> None:
    answer = answer_of(
        b'{"status":200,"headers":{"a":"1","link":["x","y"]},"body_b64":"b2s="}', response_bytes=10
    )

    assert answer["headers"] == [
        {"name": "a", "value": "1"},
        {"name": "link", "value": "x"},
        {"name": "link", "value": "y"},
    ]
    assert answer["body"] == b"ok"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"status":true}',
        b'{"status":70000}',
        b'{"status":"200"}',
        b'{"status":200,"headers":[]}',
        b'{"status":200,"headers":{"a":null}}',
        b'{"status":200,"headers":{"a":"\\ud800"}}',
        b'{"status":200,"body_b64":"*"}',
        b'{"status":200,"body_b64":7}',
        b"[" * 100_000,
    ],
    ids=[
        "empty", "not UTF-8", "a list", "no status", "status true", "status too high", "status text",
        "headers list", "header null", "header with a lone surrogate", "no base64", "body number", "deep",
    ],
)  # fmt: skip
def test_what_is_no_answer_violates_the_abi(raw: bytes) -> None:
    with pytest.raises(CallEnded) as ended:
        answer_of(raw, response_bytes=10)

    assert ended.value.failure is Failure.GUEST_ABI_VIOLATED


@given(st.binary(max_size=60))
def test_random_bytes_are_a_violation(raw: bytes) -> None:
    with pytest.raises(CallEnded) as ended:
        answer_of(raw, response_bytes=10)

    assert ended.value.failure is Failure.GUEST_ABI_VIOLATED


def test_a_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(CallEnded) as ended:
        answer_of(b'{"status":200,"body_b64":"b2s="}', response_bytes=1)

    assert ended.value.failure is Failure.RESPONSE_TOO_LARGE


def test_a_fetch_is_a_get_unless_it_says_otherwise() -> None:
    assert fetch_request_of(b'{"url":"https://a.example/"}') == {
        "method": "GET",
        "url": "https://a.example/",
        "headers": [],
        "body": None,
    }


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"{}", b'{"url":1}', b'{"url":"x","method":1}', b'{"url":"\\ud800"}']
)
def test_what_is_no_fetch_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedFetch):
        fetch_request_of(raw)


def test_a_fetched_answer_is_the_document_of_the_abi() -> None:
    response = {"status": 200, "headers": [{"name": "A", "value": "1"}], "body": b"ok"}

    assert json.loads(fetch_answer_json(response)) == {
        "status": 200,
        "headers": {"a": "1"},
        "body_b64": "b2s=",
    }
