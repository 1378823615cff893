"""The same contract for both places that a key can be kept in."""

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest

from annex_cli.errors import CredentialUnreadable, InvalidUsage
from annex_cli.profiles import FileStore, KeyringStore, KeyStore, Place, Profile, Profiles, checked_name
from support.told_keyring import PLACE, ToldKeyring


@pytest.fixture(params=["keyring", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyStore]:
    if request.param == "file":
        yield FileStore(tmp_path / "keys")
        return
    before = keyring.get_keyring()
    os.environ[PLACE] = str(tmp_path / "ring.json")
    keyring.set_keyring(ToldKeyring())  # type: ignore[no-untyped-call]  # its base is untyped
    yield KeyringStore()
    keyring.set_keyring(before)
    del os.environ[PLACE]


def test_a_key_is_found_as_it_was_kept(store: KeyStore) -> None:
    store.keep("default", "one")
    store.keep("prod", "two")
    store.keep("default", "three")

    assert (store.find("default"), store.find("prod"), store.find("other")) == ("three", "two", None)


def test_a_forgotten_key_is_gone_and_may_be_forgotten_again(store: KeyStore) -> None:
    store.keep("default", "one")

    store.forget("default")
    store.forget("default")

    assert store.find("default") is None


def test_a_listed_login_whose_key_is_gone_says_how_to_sign_in(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path)
    profile = Profile("prod", "https://annex.example", None, Place.FILE)
    profiles.keep(profile, "key")
    profiles.files.forget("prod")

    with pytest.raises(CredentialUnreadable) as gone:
        profiles.key_of(profiles.all()["prod"])

    assert gone.value.hint == "annex login --profile prod"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"profiles": {"a": {}}}', '{"profiles": {"a": 3}}'])
def test_a_damaged_list_of_logins_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "profiles.json").write_text(text)

    with pytest.raises(CredentialUnreadable):
        Profiles(tmp_path).all()


@pytest.mark.parametrize("name", ["dev", "", "../up", "Prod", "a/b", ".x"])
def test_a_name_that_cannot_be_a_file_or_means_something_else_is_refused(name: str) -> None:
    with pytest.raises(InvalidUsage):
        checked_name(name)
