import pytest

from annex_runner_proxy.domain.egress import EgressFailed
from annex_runner_proxy.domain.request_headers import (
    MAX_HEADER_BYTES,
    MAX_HEADERS,
    for_another_origin,
    sendable_headers,
)


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "Connection",
        "Transfer-Encoding",
        "Content-Length",
        "Expect",
        "TE",
        "Trailer",
        "Upgrade",
        "Proxy-Authorization",
        "Keep-Alive",
        "Accept-Encoding",
        "Proxy-Connection",
    ],
)
def test_what_frames_a_message_or_names_its_host_is_not_the_guests(name: str) -> None:
    assert sendable_headers([(name, "x"), ("X-Own", " y ")]) == (("x-own", "y"),)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "a\r\nhost: evil"),
        ("x", "a\nb"),
        ("x", "a\x00b"),
        ("x", "a\x7f"),
        ("x y", "a"),
        ("x:", "a"),
        ("", "a"),
        ("xé", "a"),
        ("host\r\n", "a"),
    ],
)
def test_what_would_end_a_line_is_refused(name: str, value: str) -> None:
    with pytest.raises(EgressFailed) as refusal:
        sendable_headers([(name, value)])

    assert refusal.value.error == "not-allowed"


@pytest.mark.parametrize(
    "headers",
    [[("x", "y")] * (MAX_HEADERS + 1), [("x", "y" * MAX_HEADER_BYTES)]],
    ids=["too-many", "too-long"],
)
def test_a_flood_of_headers_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(EgressFailed):
        sendable_headers(headers)


def test_credentials_stay_with_their_origin() -> None:
    headers = (("authorization", "x"), ("cookie", "y"), ("accept", "z"))

    assert for_another_origin(headers) == (("accept", "z"),)
