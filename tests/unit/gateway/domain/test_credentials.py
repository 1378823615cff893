import pytest

from annex_gateway.domain.credentials import Credentials
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
    assert credentials.presented_key() == "key"


@pytest.mark.parametrize(
    "credentials",
    [Credentials(), Credentials(("",), ()), Credentials((), ("Basic key",)), Credentials((), ("Bearer",))],
)
def test_no_key_is_named_as_no_key(credentials: Credentials) -> None:
    with pytest.raises(Unauthenticated):
        credentials.presented_key()


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials(("one",), ("Bearer two",)),
        Credentials(("one", "two"), ()),
        Credentials((), ("Bearer one", "Bearer two")),
    ],
)
def test_two_different_keys_are_refused(credentials: Credentials) -> None:
    with pytest.raises(MixedCredentials):
        credentials.presented_key()


def test_a_key_shows_in_no_representation() -> None:
    assert "secret" not in repr(Credentials(("secret",), ("Bearer secret",)))
