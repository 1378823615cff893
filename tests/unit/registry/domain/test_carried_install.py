"""What of a predecessor's install is carried over."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from annex_registry.domain.carried_install import (
    GrantPolicy,
    carried_config,
    carried_grants,
    carried_secrets,
)
from annex_registry.domain.errors import InvalidInstallConfig
from annex_registry.domain.importation import RowRefused
from annex_registry.domain.predecessor import SourceInstall, SourceSecrets
from annex_shared.ids import InstallId, TenantId

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TENANT = TenantId(UUID("0190a000-0000-7000-8000-0000000000a1"))
INSTALL = InstallId(UUID("0190a000-0000-7000-8000-0000000000b1"))
ASKED = ("cap:http.fetch", "cap:storage.kv", "cap:secrets.get")


def install(**columns: Any) -> SourceInstall:
    texts = {name: json.dumps(value) for name, value in columns.items()}
    return SourceInstall(
        id=INSTALL,
        tenant_id=str(TENANT),
        version_id=INSTALL,
        is_enabled=True,
        status="enabled",
        granted=texts.get("granted"),
        providers=texts.get("providers"),
        config=texts.get("config"),
        secrets=None,
        is_oversized=False,
        created_at=NOW,
    )


def granted(source: SourceInstall, policy: GrantPolicy, read: tuple[str, ...] = ()) -> tuple[str, ...]:
    return carried_grants(source, read=read, asked=ASKED, policy=policy).granted


def test_grants_are_collected_from_every_place_in_any_spelling() -> None:
    source = install(
        granted=["HTTP.fetch"], providers=[" cap:storage.kv"], config={"providers": ["secrets.get", 7]}
    )

    assert granted(source, GrantPolicy.RECORDED) == ASKED


def test_what_the_predecessor_granted_without_asking_counts_only_as_effective() -> None:
    source = install(granted=["http.fetch"])

    effective = granted(source, GrantPolicy.EFFECTIVE, read=("storage.kv",))
    recorded = granted(source, GrantPolicy.RECORDED, read=("storage.kv",))

    assert (effective, recorded) == (("cap:http.fetch", "cap:storage.kv"), ("cap:http.fetch",))


@pytest.mark.parametrize("document", [None, {}, "all", [["cap:http.fetch"]], ["../x", ""]])
def test_grants_that_are_no_list_of_capabilities_grant_nothing(document: Any) -> None:
    assert granted(install(granted=document), GrantPolicy.RECORDED) == ()


def test_configuration_becomes_texts_without_the_list_of_providers() -> None:
    source = install(
        config={"text": "a", "number": 1, "yes": True, "none": None, "list": [1, 2], "providers": ["x"]}
    )

    assert carried_config(source) == {"text": "a", "number": "1", "yes": "true", "list": "[1,2]"}


def test_a_setting_that_is_called_providers_is_kept() -> None:
    assert carried_config(install(config={"providers": "both"})) == {"providers": "both"}


def test_an_install_without_configuration_has_an_empty_one() -> None:
    assert carried_config(install()) == {}


@pytest.mark.parametrize("config", [["a"], "text", {"two words": "x"}, {"": "x"}, {"a": "x" * 70_000}])
def test_configuration_we_do_not_take_is_refused_without_its_values(config: Any) -> None:
    with pytest.raises((RowRefused, InvalidInstallConfig)) as refusal:
        carried_config(install(config=config))

    assert "xxx" not in str(refusal.value)


@pytest.mark.parametrize(
    "document",
    [
        b"\xff",
        b"[]",
        b"text",
        b'{"two words": "x"}',
        b'{"a": "\\ud800"}',
        json.dumps({"a": "x" * 300_000}).encode(),
        json.dumps({str(number): "x" for number in range(101)}).encode(),
        b"[" * 100_000,
    ],
)
def test_secrets_that_are_not_what_we_take_are_left_out_without_a_word_of_them(document: bytes) -> None:
    carried = carried_secrets(
        SourceSecrets("inline/base64", base64.b64encode(document).decode(), None),
        can_seal=True,
        now=NOW,
    )

    assert carried.values == {}
    assert [(remark.code, remark.is_loss) for remark in carried.remarks] == [("SECRETS_UNREADABLE", True)]


def test_no_secrets_need_no_key() -> None:
    empty = SourceSecrets("inline/base64", base64.b64encode(b"{}").decode(), None)

    carried = [carried_secrets(secrets, can_seal=False, now=NOW) for secrets in (None, empty)]

    assert [(each.values, each.remarks) for each in carried] == [({}, ())] * 2


def test_secrets_are_not_shown_where_an_install_is() -> None:
    secrets = SourceSecrets("inline/base64", "c2VjcmV0", None)

    assert "c2VjcmV0" not in repr(secrets)
