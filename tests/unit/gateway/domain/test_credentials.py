import pytest

from annex_gateway.domain.api_keys import CredentialKind
from annex_gateway.domain.credentials import Credentials, Presented
from annex_gateway.domain.errors import MixedCredentials, Unauthenticated


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(("key",), ()),
        Credentials((), ("Bearer key",)),
        Credentials((), ("bearer  key ",)),
        Credentials(("key",), ("Bearer key",)),
        Credentials(("key", "key"), ()),
        Credentials(("key",), ("Basic other",)),
    ],
)
def test_one_key_may_come_in_either_header(credentials: Credentials) -> None:
    assert credentials.presented() == Presented(CredentialKind.API_KEY, "key")


@pytest.mark.parametrize(
    "credentials",
    [Credentials(), Credentials(("",), ()), Credentials((), ("Basic key",)), Credentials((), ("Bearer",))],
)
def test_no_key_is_named_as_no_key(credentials: Credentials) -> None:
    with pytest.raises(Unauthenticated):
        credentials.presented()


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(("one",), ("Bearer two",)),
        Credentials(("one", "two"), ()),
        Credentials((), ("Bearer one", "Bearer two")),
        Credentials(("one",), ("Bearer a.token.here",)),
        Credentials((), ("Bearer a.token.here", "Bearer another.token.here")),
        Credentials((), ("Bearer one", "Bearer a.token.here")),
        Credentials(("one",), (), ("session",)),
        Credentials((), ("Bearer a.token.here",), ("session",)),
        Credentials((), (), ("session", "another")),
    ],
)
def test_two_different_credentials_are_refused(credentials: Credentials) -> None:
    with pytest.raises(MixedCredentials):
        credentials.presented()


def test_a_key_shows_in_no_representation() -> None:
    assert "secret" not in repr(Credentials(("secret",), ("Bearer secret",), ("secret",)))


def test_a_token_is_known_by_its_dots() -> None:
    presented = Credentials((), ("Bearer a.token.here",)).presented()

    assert presented == Presented(CredentialKind.TOKEN, "a.token.here")


def test_a_token_has_no_business_among_api_keys() -> None:
    assert Credentials(("a.token.here",)).presented().kind is CredentialKind.API_KEY


def test_one_cookie_sent_twice_is_one_session() -> None:
    presented = Credentials((), (), ("session", "session")).presented()

    assert presented == Presented(CredentialKind.SESSION, "session")
