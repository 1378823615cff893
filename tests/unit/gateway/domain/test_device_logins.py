"""Codes of devices: how they are drawn, written and read, and when a device may ask again."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

import pytest

from annex_gateway.domain.api_keys import RandomBytes
from annex_gateway.domain.device_logins import (
    ALPHABET,
    LONGEST_GRANT,
    USUAL_GRANT,
    USUAL_WISH,
    DeviceCode,
    DeviceLogin,
    DeviceWish,
    UserCode,
    device_name,
    end_of_grant,
)
from annex_gateway.domain.errors import DeviceCodeUnknown
from annex_shared.permissions import Permission
from unit.gateway.builders import NOW


def _bytes(*values: int) -> RandomBytes:
    given = count()
    return lambda size: bytes(values[next(given) % len(values)] for _ in range(size))


def _login(polled_at: datetime | None = None) -> DeviceLogin:
    login = DeviceLogin(b"h" * 32, DeviceWish("box", USUAL_WISH), NOW, NOW + timedelta(minutes=10), 5)
    return replace(login, polled_at=polled_at)


def test_a_user_code_is_eight_letters_nobody_mistakes_and_no_word() -> None:
    code = UserCode.mint(_bytes(*range(256)))

    assert len(code.text) == 8
    assert set(code.text) <= set(ALPHABET)
    assert not set(ALPHABET) & set("AEIOU01LSBZ58")
    assert code.written == f"{code.text[:4]}-{code.text[4:]}"


def test_bytes_that_would_favour_some_letters_are_drawn_again() -> None:
    most = 256 - 256 % len(ALPHABET)

    code = UserCode.mint(_bytes(255, most, most - 1))

    assert code.text == ALPHABET[-1] * 8


@pytest.mark.parametrize(
    "text", ["QKTM-7F2R", "qktm7f2r", " qktm 7f2r ", "QKTM\u20137F2R", "Q-K-T-M-7-F-2-R"]
)
def test_a_user_code_is_read_as_people_write_it(text: str) -> None:
    assert UserCode.parse(text) == UserCode("QKTM7F2R")


@pytest.mark.parametrize("text", ["", "QKTM-7F2", "QKTM-7F2RR", "OKTM-7F2R", "Q" * 41, "QKTM-7F2R\0"])
def test_what_is_no_user_code_is_not_looked_up(text: str) -> None:
    assert UserCode.parse(text) is None


def test_a_device_code_is_read_back_and_tells_nothing_in_a_repr() -> None:
    code = DeviceCode.mint(lambda size: b"x" * size)

    assert DeviceCode.parse(code.text) == code
    assert code.text not in repr(code)
    with pytest.raises(DeviceCodeUnknown):
        DeviceCode.parse(code.text + "A")


def test_both_codes_are_kept_apart_and_peppered() -> None:
    assert UserCode("QKTM7F2R").hashed(b"pepper") != UserCode("QKTM7F2R").hashed(b"other")
    assert DeviceCode("QKTM7F2R").hashed(b"pepper") != UserCode("QKTM7F2R").hashed(b"pepper")


@pytest.mark.parametrize(
    ("after_seconds", "interval"),
    [(4.4, 10), (4.6, 5), (5.0, 5), (60.0, 5)],
    ids=["early", "nearly", "on", "late"],
)
def test_a_device_that_asks_early_waits_longer_from_then_on(after_seconds: float, interval: int) -> None:
    login = _login(polled_at=NOW)

    polled = login.polled(NOW + timedelta(seconds=after_seconds))

    assert polled.interval_seconds == interval


def test_the_wait_between_two_questions_has_an_end() -> None:
    login = _login()
    for _ in range(30):
        login = login.polled(NOW)

    assert login.interval_seconds == 60


def test_a_device_is_given_no_administration_unless_it_asks() -> None:
    assert Permission.PLATFORM_ADMIN not in USUAL_WISH
    assert Permission.EXTENSION_PUBLISH in USUAL_WISH


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  rosa's\tlaptop ", "rosa's laptop"),
        ("\u202e\n", "a device without a name"),
        ("x" * 99, f"{'x' * 79}…"),
    ],
    ids=["blanks", "nothing", "long"],
)
def test_the_name_of_a_device_is_safe_to_show(said: str, shown: str) -> None:
    assert device_name(said) == shown


def test_a_key_ends_as_wished_but_not_too_late_and_not_after_what_approved_it() -> None:
    soon = NOW + timedelta(hours=1)

    assert end_of_grant(NOW, None, ()) == NOW + USUAL_GRANT
    assert end_of_grant(NOW, timedelta(days=7), (None,)) == NOW + timedelta(days=7)
    assert end_of_grant(NOW, timedelta(days=900), ()) == NOW + LONGEST_GRANT
    assert end_of_grant(NOW, timedelta(days=7), (soon,)) == soon
