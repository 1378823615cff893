import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_runner_proxy.domain.errors import GuestResponseInvalid, ResponseTooLarge
from annex_runner_proxy.domain.guest_answers import check_answer


def test_headers_keep_order_and_repeats_in_lower_case() -> None:
    headers = check_answer(200, [("Vary", "a"), ("X-One", " b\t"), ("vary", "c")], b"body")

    assert headers == (("vary", "a"), ("x-one", "b"), ("vary", "c"))


@pytest.mark.parametrize("status", [200, 204, 302, 404, 500, 599])
def test_status_that_can_be_sent_is_accepted(status: int) -> None:
    assert check_answer(status, [], None) == ()


@pytest.mark.parametrize("status", [0, 99, 100, 101, 199, 600, 1000, 65535])
def test_status_that_cannot_be_sent_is_refused(status: int) -> None:
    with pytest.raises(GuestResponseInvalid) as refused:
        check_answer(status, [], None)

    assert refused.value.details["field"] == "status"


@pytest.mark.parametrize("status", [204, 205, 304])
def test_body_where_none_may_be_is_refused(status: int) -> None:
    assert check_answer(status, [], b"") == ()
    with pytest.raises(GuestResponseInvalid):
        check_answer(status, [], b"x")


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "ä", "(a)", "a\0"])
def test_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(GuestResponseInvalid):
        check_answer(200, [(name, "v")], None)


@given(st.text(st.characters(categories=["Cc"], exclude_characters="\t\x80"), min_size=1, max_size=1))
def test_control_character_in_a_value_is_refused(character: str) -> None:
    if ord(character) > 0x7F:
        return
    with pytest.raises(GuestResponseInvalid):
        check_answer(200, [("x-a", f"a{character}b")], None)


@pytest.mark.parametrize(
    "headers", [[("x-a", "v")] * 101, [("x-a", "v" * 40_000)]], ids=["too many", "too long"]
)
def test_headers_over_the_limit_are_too_large(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(ResponseTooLarge):
        check_answer(200, headers, None)
