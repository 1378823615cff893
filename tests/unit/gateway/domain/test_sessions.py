from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from annex_gateway.domain.api_keys import Holder, PrincipalKind
from annex_gateway.domain.errors import (
    CsrfTokenRefused,
    ForeignOrigin,
    GatewayError,
    SessionExpired,
    SessionRefused,
    SignInLinkRefused,
)
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.sessions import Browser, Session, SessionSecret, link_hash, new_secret
from annex_shared.ids import PrincipalId
from annex_shared.permissions import Permission
from unit.gateway.builders import NOW, PEPPER, TENANT, uuid

SECRET = SessionSecret(new_secret(lambda count: b"s" * count))
OWN = Browser(
    method="POST",
    host="annex.example",
    origins=("https://annex.example",),
    fetch_sites=("same-origin",),
    csrf_tokens=(SECRET.csrf_token(PEPPER),),
)


def intended(browser: Browser, *, is_plain: bool = False) -> None:
    browser.require_intended(SECRET, pepper=PEPPER, is_plain=is_plain)


@pytest.mark.parametrize(
    "browser",
    [
        OWN,
        replace(OWN, origins=()),
        replace(OWN, fetch_sites=()),
        replace(OWN, method="GET", origins=(), csrf_tokens=()),
        replace(OWN, method="GET", origins=(), csrf_tokens=(), fetch_sites=("none",)),
        replace(OWN, method="HEAD", origins=(), csrf_tokens=(), fetch_sites=()),
    ],
)
def test_our_own_page_may_do_what_it_says(browser: Browser) -> None:
    intended(browser)


@pytest.mark.parametrize(
    "browser",
    [
        replace(OWN, origins=("https://evil.example",)),
        replace(OWN, origins=("https://annex.example", "https://evil.example")),
        replace(OWN, origins=("null",)),
        replace(OWN, origins=("http://annex.example",)),
        replace(OWN, origins=("https://annex.example:8443",)),
        replace(OWN, fetch_sites=("cross-site",)),
        replace(OWN, fetch_sites=("same-site",)),
        replace(OWN, origins=(), fetch_sites=()),
        replace(OWN, origins=(), fetch_sites=("none",)),
        replace(OWN, method="GET", fetch_sites=("cross-site",), origins=()),
        replace(OWN, method="GET", fetch_sites=("same-site",), origins=()),
    ],
)
def test_a_page_from_elsewhere_is_refused_with_the_right_token_too(browser: Browser) -> None:
    with pytest.raises(ForeignOrigin):
        intended(browser)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize(
    "tokens", [(), ("",), ("wrong",), ("ü",), (SECRET.csrf_token(PEPPER), "another")], ids=range(5)
)
def test_what_changes_something_carries_the_sessions_own_token(method: str, tokens: tuple[str, ...]) -> None:
    with pytest.raises(CsrfTokenRefused):
        intended(replace(OWN, method=method, csrf_tokens=tokens))


def test_another_sessions_token_is_none_of_ours() -> None:
    other = SessionSecret(new_secret(lambda count: b"o" * count))

    with pytest.raises(CsrfTokenRefused):
        intended(replace(OWN, csrf_tokens=(other.csrf_token(PEPPER),)))


def test_plain_http_is_our_own_where_cookies_are_plain() -> None:
    plain = replace(OWN, host="127.0.0.1:8080", origins=("http://127.0.0.1:8080",))

    intended(plain, is_plain=True)

    with pytest.raises(ForeignOrigin):
        intended(replace(plain, origins=("http://127.0.0.1:9090",)), is_plain=True)


def test_secret_token_and_hash_tell_nothing_of_each_other() -> None:
    told = {SECRET.text, SECRET.csrf_token(PEPPER), SECRET.hashed(PEPPER).hex()}

    assert len(told) == 3
    assert SECRET.text not in repr(SECRET)


@pytest.mark.parametrize("text", ["", "x", "a" * 44, "ü" * 43, "a" * 42 + "="])
def test_what_is_no_secret_is_no_session(text: str) -> None:
    with pytest.raises(SessionRefused):
        SessionSecret.parse(text)


@pytest.mark.parametrize("text", ["", "annexlink_", "annexlink_short", SECRET.text, "annexlink_" + "ü" * 43])
def test_what_is_no_link_is_refused_like_a_used_one(text: str) -> None:
    with pytest.raises(SignInLinkRefused):
        link_hash(text, PEPPER)


A_SESSION = Session(
    session_hash=b"h",
    grounds=Grounds(TENANT, PrincipalId(uuid(1))),
    holder=Holder(PrincipalKind.USER, "Ada", "Dev"),
    own_roles={},
    created_at=NOW,
    last_seen=NOW,
    expires_at=NOW + timedelta(hours=12),
)
OF_A_KEY = replace(
    A_SESSION,
    grounds=replace(A_SESSION.grounds, key_id="k"),
    key_permissions=frozenset({Permission.EXTENSION_READ}),
)
IDLE = timedelta(hours=1)


@pytest.mark.parametrize("session", [A_SESSION, OF_A_KEY])
def test_a_session_in_use_is_valid(session: Session) -> None:
    session.require_valid(NOW + timedelta(minutes=59), idle=IDLE)


@pytest.mark.parametrize(
    ("make", "now", "refusal"),
    [
        (lambda: replace(A_SESSION, ended_at=NOW), NOW, SessionRefused),
        (lambda: A_SESSION, NOW + IDLE, SessionExpired),
        (lambda: replace(A_SESSION, last_seen=A_SESSION.expires_at), A_SESSION.expires_at, SessionExpired),
        (lambda: replace(OF_A_KEY, key_permissions=None), NOW, SessionExpired),
        (lambda: replace(OF_A_KEY, key_expires_at=NOW), NOW, SessionExpired),
    ],
    ids=["ended", "idle", "too old", "key revoked", "key expired"],
)
def test_a_session_that_is_over_says_why(
    make: Callable[[], Session], now: datetime, refusal: type[GatewayError]
) -> None:
    with pytest.raises(refusal):
        make().require_valid(now, idle=IDLE)
