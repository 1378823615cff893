"""What changes of an install mean: grants follow the version, and nothing is a change by accident."""

from contextlib import nullcontext

import pytest
from pydantic import JsonValue

from annex_registry.domain.consent import accepted_grants
from annex_registry.domain.errors import (
    GrantNotRequested,
    InstallChangedMeanwhile,
    InstallPinned,
    InvalidInstallConfig,
    InvalidSecretName,
)
from annex_registry.domain.install import (
    InstallEdit,
    InstallState,
    VersionNeeds,
    edited,
    refuse_stale,
    return_to,
)
from annex_registry.domain.install_config import MAX_CONFIG_BYTES, effective_config
from annex_registry.domain.secrets import accepted_secret_name
from annex_shared.contracts.events import InstallChange
from unit.registry.builders import a_version, an_install

NEWER = a_version("2.0.0", ext_seq=5, capabilities=("cap:storage.kv", "cap:secrets.get"))


@pytest.mark.parametrize(
    "edit",
    [
        InstallEdit(),
        InstallEdit(version=a_version()),
        InstallEdit(is_enabled=True),
        InstallEdit(grants=[]),
        InstallEdit(config={}),
    ],
)
def test_an_edit_to_the_same_state_is_no_change(edit: InstallEdit) -> None:
    assert edited(an_install(), edit) is None


@pytest.mark.parametrize(
    ("edit", "change"),
    [
        (InstallEdit(version=NEWER, is_enabled=False, grants=[]), InstallChange.UPDATED),
        (InstallEdit(is_enabled=False, config={"a": "b"}), InstallChange.DISABLED),
        (InstallEdit(config={"a": "b"}), InstallChange.CONFIGURED),
        (InstallEdit(grants=["http.fetch"]), InstallChange.CONFIGURED),
    ],
)
def test_the_most_far_reaching_part_names_the_change(edit: InstallEdit, change: InstallChange) -> None:
    result = edited(an_install(), edit)

    assert result is not None
    assert result[1] is change


def test_an_older_version_is_a_roll_back_whatever_its_number() -> None:
    install = an_install(version=a_version("1.0.0", ext_seq=7))

    result = edited(install, InstallEdit(version=a_version("9.0.0", ext_seq=6)))

    assert result is not None
    assert result[1] is InstallChange.ROLLED_BACK


def test_enabling_is_told_from_disabling() -> None:
    result = edited(an_install(is_enabled=False), InstallEdit(is_enabled=True))

    assert result is not None
    assert (result[0].status, result[1]) == ("enabled", InstallChange.ENABLED)


def test_a_new_version_keeps_the_grants_it_asks_for_and_gets_no_others() -> None:
    install = an_install(grants=("cap:http.fetch", "cap:storage.kv"), denied=("cap:secrets.get",))

    result = edited(install, InstallEdit(version=NEWER))

    assert result is not None
    assert result[0].grants == ("cap:storage.kv",)


@pytest.mark.parametrize(("config", "version"), [({"a": "b"}, 2), ({}, 1), (None, 1)])
def test_the_config_version_grows_with_the_configuration_alone(
    config: dict[str, JsonValue] | None, version: int
) -> None:
    result = edited(an_install(), InstallEdit(is_enabled=False, config=config))

    assert result is not None
    assert result[0].config_version == version


def test_grants_are_stored_once_sorted_and_in_one_spelling() -> None:
    grants = accepted_grants([" CAP:Storage.KV", "http.fetch", "cap:http.fetch"], a_version())

    assert grants == ("cap:http.fetch", "cap:storage.kv")


@pytest.mark.parametrize("grant", ["secrets.get", "", "http fetch", "*", "cap:"])
def test_what_the_manifest_does_not_ask_for_is_not_granted(grant: str) -> None:
    with pytest.raises(GrantNotRequested) as refusal:
        accepted_grants(["http.fetch", grant], a_version())

    assert refusal.value.details == {"grant": grant, "capabilities": ["cap:http.fetch", "cap:storage.kv"]}


@pytest.mark.parametrize("name", ["", ".hidden", "a b", "a" * 129, "ä", "a\n"])
def test_a_malformed_configuration_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInstallConfig):
        effective_config({name: "x"}, None)


def test_a_configuration_value_without_nul_of_the_largest_size_is_taken() -> None:
    overhead = len('{"a": ""}')

    assert effective_config({"a": "x" * (MAX_CONFIG_BYTES - overhead)}, None)
    with pytest.raises(InvalidInstallConfig):
        effective_config({"a": "x" * (MAX_CONFIG_BYTES - overhead + 1)}, None)
    with pytest.raises(InvalidInstallConfig):
        effective_config({"a": "\0"}, None)


@pytest.mark.parametrize("name", ["token", "API_KEY.2-b", "a" * 128])
def test_a_usual_secret_name_is_taken(name: str) -> None:
    assert accepted_secret_name(name) == name


@pytest.mark.parametrize("name", ["", "a/b", "-x", "a" * 129, "a b", "ä"])
def test_a_malformed_secret_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidSecretName):
        accepted_secret_name(name)


@pytest.mark.parametrize(("seen", "is_refused"), [(0, True), (1, True), (3, True), (2, False), (None, False)])
def test_only_a_change_of_the_current_state_is_taken(seen: int | None, *, is_refused: bool) -> None:
    with pytest.raises(InstallChangedMeanwhile) if is_refused else nullcontext():
        refuse_stale(an_install(revision=2), seen)


def test_true_is_another_value_than_one() -> None:
    schema: dict[str, JsonValue] = {"type": "object"}
    install = an_install(config={"a": 1}, effective_config={"a": 1})

    result = edited(install, InstallEdit(config={"a": True}, needs=VersionNeeds(schema)))

    assert result is not None
    assert (result[0].config["a"], result[0].config_version) == (True, 2)


def test_an_upgrade_judges_the_configuration_by_the_new_schema() -> None:
    needs = VersionNeeds({"type": "object", "required": ["endpoint"]})

    with pytest.raises(InvalidInstallConfig):
        edited(an_install(), InstallEdit(version=NEWER, grants=[], needs=needs))


def test_a_new_default_is_another_configuration_to_the_extension() -> None:
    needs = VersionNeeds({"type": "object", "properties": {"n": {"default": 3}}})

    result = edited(an_install(), InstallEdit(version=NEWER, grants=[], needs=needs))

    assert result is not None
    assert (result[0].config, result[0].effective_config, result[0].config_version) == ({}, {"n": 3}, 2)


def test_a_pinned_install_keeps_its_version_until_it_is_unpinned() -> None:
    install = an_install(is_pinned=True)

    with pytest.raises(InstallPinned):
        edited(install, InstallEdit(version=NEWER, grants=[]))
    assert edited(install, InstallEdit(version=install.version)) is None
    assert edited(install, InstallEdit(version=NEWER, grants=[], is_pinned=False)) is not None
    assert edited(install, InstallEdit(config={"a": "b"})) is not None


def test_going_back_restores_grants_but_what_was_denied_since() -> None:
    older = an_install(grants=("cap:http.fetch", "cap:storage.kv"), denied=(), config={"a": "b"})
    now = an_install(version=NEWER, grants=(), denied=("cap:http.fetch", "cap:secrets.get"), config={})

    result = return_to(InstallState.of(older), now, keeps_config=False, needs=VersionNeeds())

    assert result is not None
    assert result[1] is InstallChange.ROLLED_BACK
    assert (result[0].grants, result[0].config) == (("cap:storage.kv",), {"a": "b"})
    assert "cap:http.fetch" in result[0].denied


def test_going_back_may_keep_the_configuration() -> None:
    older, now = an_install(config={"a": "b"}), an_install(version=NEWER, config={"c": "d"})

    result = return_to(InstallState.of(older), now, keeps_config=True, needs=VersionNeeds())

    assert result is not None
    assert result[0].config == {"c": "d"}
