"""The manifests of a witness: one memory, behind a wall, apart from the log."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from annex_shared.signing import SigningKey
from annex_shared.transparency import Cosigner, NoteSigner
from annex_witness.settings import WitnessSettings
from unit.deploy.manifests import ROOT, kustomization

WITNESS = ROOT / "deploy" / "k8s" / "witness"
SECRETS_FOLDER = "/run/annex/secrets"


@cache
def _kustomization() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((WITNESS / "kustomization.yaml").read_text())
    return loaded


@cache
def _the(kind: str) -> dict[str, Any]:
    (found,) = [
        manifest
        for name in _kustomization()["resources"]
        for manifest in yaml.safe_load_all((WITNESS / name).read_text())
        if manifest["kind"] == kind
    ]
    return dict(found)


def _pod() -> dict[str, Any]:
    return dict(_the("StatefulSet")["spec"]["template"]["spec"])


def _container() -> dict[str, Any]:
    (container,) = _pod()["containers"]
    return dict(container)


def _environment() -> dict[str, str]:
    lines = (WITNESS / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_kustomization_lists_every_file_and_the_platform_none_of_them() -> None:
    files = {path.name for path in WITNESS.iterdir()} - {"kustomization.yaml", "settings.env"}

    assert set(_kustomization()["resources"]) == files
    assert _kustomization()["namespace"] != kustomization()["namespace"]
    assert not any("witness" in name for name in kustomization()["resources"])


def test_the_settings_load_from_what_the_manifests_provide(tmp_path: Path) -> None:
    key = Cosigner("witness.example/w1", SigningKey.generate())
    (tmp_path / "witness.key").write_text(key.to_text())
    (tmp_path / "logs").write_text(NoteSigner("log.example", SigningKey.generate()).verifier.vkey)
    environment = {
        name: value.replace(SECRETS_FOLDER, str(tmp_path)) for name, value in _environment().items()
    }

    settings, warnings = WitnessSettings.load(environment)

    assert warnings == []
    assert settings.key_file.exists()
    assert settings.logs_file.exists()


def test_it_runs_the_witness_and_is_asked_where_it_listens() -> None:
    container = _container()
    port = WitnessSettings.model_fields["port"].default

    assert (container["image"], container["command"][-2:]) == ("annex/witness", ["annex_witness", "serve"])
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    assert _the("Service")["spec"]["ports"] == [{"name": "http", "port": port, "targetPort": "http"}]
    assert [
        container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    ] == ["/livez", "/livez", "/readyz"]


def test_there_is_one_memory_and_it_outlives_the_pod() -> None:
    spec = _the("StatefulSet")["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in _container()["volumeMounts"]}

    assert spec["replicas"] == 1
    assert set(spec["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}
    assert claim["spec"]["accessModes"] == ["ReadWriteOncePod"]
    assert _environment()["STATE_DIR"].startswith(mounts[claim["metadata"]["name"]] + "/")


def test_it_calls_nobody_and_has_no_privilege() -> None:
    policy, pod = _the("NetworkPolicy")["spec"], _pod()

    assert policy == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"ports": [{"port": 8084}]}],
        "egress": [],
    }
    assert _the("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert _container()["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
