"""deploy/compose against the words of its specification, and its services against their own settings."""

import importlib.util
import json
import re
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from annex_gateway.settings import GatewaySettings
from annex_registry.settings import RegistrySettings
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.service_tokens import load_peer_keys, load_service_key
from annex_shared.settings import ServiceSettings
from annex_ui_host.settings import UiHostSettings
from unit.deploy.manifests import ROOT

COMPOSE = ROOT / "deploy" / "compose"
SETTINGS: dict[str, type[ServiceSettings]] = {
    "registry": RegistrySettings,
    "gateway": GatewaySettings,
    "runner-proxy": RunnerProxySettings,
    "ui-host": UiHostSettings,
}
MOUNTED = re.compile(r"/run/secrets/([A-Za-z0-9.-]+)")


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((COMPOSE / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def program() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_secrets", COMPOSE / "make_secrets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("compose") / "secrets"
    assert program().main([str(directory)]) == 0
    return directory


def test_the_file_is_what_the_specification_calls_a_compose_file() -> None:
    schema = json.loads((ROOT / "tests" / "schemas" / "compose" / "compose-spec.json").read_bytes())

    mistakes = [error.message for error in Draft7Validator(schema).iter_errors(compose())]

    assert mistakes == []
    wrong = {**compose(), "services": {"registry": {"immage": "annex/registry"}}}
    assert list(Draft7Validator(schema).iter_errors(wrong))


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_is_given_the_settings_it_demands(service: str, secrets: Path) -> None:
    given = compose()["services"][service]["environment"]
    environment = {name: value.replace("/run/secrets", str(secrets)) for name, value in given.items()}
    known = {name for field in SETTINGS[service].model_fields for name in SETTINGS[service].names_of(field)}

    _, warnings = SETTINGS[service].load(environment)

    assert warnings == []
    assert {name for name in given if name not in known and name.removesuffix("_FILE") not in known} == set()


@pytest.mark.parametrize("service", sorted(compose()["services"]))
def test_each_container_has_the_secrets_it_reads_and_no_other(service: str) -> None:
    described = compose()["services"][service]
    words = json.dumps({name: described.get(name) for name in ("environment", "command", "entrypoint")})

    assert set(described.get("secrets", ())) == set(MOUNTED.findall(words))


def test_every_secret_is_made_and_readable_in_a_folder_of_ones_own(secrets: Path) -> None:
    declared = compose()["secrets"]

    assert {path.name for path in secrets.iterdir()} == set(declared)
    assert [described["file"] for described in declared.values()] == [
        f"./secrets/{name}" for name in declared
    ]
    assert secrets.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o444}


def test_making_them_again_changes_none(secrets: Path) -> None:
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}

    assert program().main([str(secrets)]) == 0

    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


def test_whom_a_service_believes_is_who_signs(secrets: Path) -> None:
    for service, signers in program().BELIEVED.items():
        believed = load_peer_keys(secrets / f"{service}-keys.json")
        assert set(believed) == set(signers)
        for signer, key in believed.items():
            signature = load_service_key((secrets / f"{signer}-key.pem").read_bytes()).sign(b"words")
            key.verify(signature, b"words")


def test_our_containers_write_nowhere_and_may_nothing() -> None:
    for name, described in compose()["services"].items():
        if not str(described["image"]).startswith("annex/"):
            continue
        assert described["read_only"] is True, name
        assert described["cap_drop"] == ["ALL"], name
        assert described["security_opt"] == ["no-new-privileges:true"], name


def test_only_the_proxy_is_reached_and_from_this_machine_alone() -> None:
    reached = {name: one["ports"] for name, one in compose()["services"].items() if "ports" in one}

    assert reached == {"nginx": ["127.0.0.1:8080:8080", "127.0.0.1:8083:8083"]}
    assert {name for name, one in compose()["services"].items() if "outside" in one["networks"]} == {
        "nginx",
        "runner-proxy",
    }
    assert compose()["networks"]["services"] == {"internal": True}


def test_roles_get_the_passwords_their_services_come_with() -> None:
    altered = dict(re.findall(r"ALTER ROLE (\w+) PASSWORD :'(\w+)'", (COMPOSE / "roles.sql").read_text()))

    assert altered == {role: service.replace("-", "_") for service, role in program().ROLES.items()}
