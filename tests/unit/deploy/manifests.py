"""The manifests of deploy/k8s/base as the tests ask about them: by kind and name, and who may reach whom."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
BASE = ROOT / "deploy" / "k8s" / "base"

Manifest = dict[str, Any]
Labels = Mapping[str, str]


@cache
def kustomization() -> Manifest:
    loaded: Manifest = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    return loaded


@cache
def manifests() -> list[Manifest]:
    return [
        manifest
        for name in kustomization()["resources"]
        for manifest in yaml.safe_load_all((BASE / name).read_text())
    ]


def of_kind(*kinds: str) -> list[Manifest]:
    return [manifest for manifest in manifests() if manifest["kind"] in kinds]


def the(kind: str, name: str) -> Manifest:
    (found,) = [manifest for manifest in of_kind(kind) if manifest["metadata"]["name"] == name]
    return found


def pod_of(workload: Manifest) -> Manifest:
    pod: Manifest = workload["spec"]["template"]["spec"]
    return pod


def container_of(workload: Manifest) -> Manifest:
    (container,) = pod_of(workload)["containers"]
    found: Manifest = container
    return found


def environment_of(workload: Manifest) -> dict[str, str]:
    """Return what the container's process is started with, settings files included."""
    container = container_of(workload)
    files = {entry["name"]: entry["envs"] for entry in kustomization()["configMapGenerator"]}
    environment: dict[str, str] = {}
    for source in container.get("envFrom", []):
        for name in files[source["configMapRef"]["name"]]:
            environment |= dict(_settings_of(BASE / name))
    return environment | {entry["name"]: entry["value"] for entry in container.get("env", [])}


def _settings_of(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            yield name, value


def selects(selector: Manifest, labels: Labels) -> bool:
    """Tell whether a selector of the plain form, the only one used here, matches."""
    assert selector.keys() <= {"matchLabels"}
    wanted: Labels = selector.get("matchLabels", {})
    return wanted.items() <= labels.items()


def pods() -> dict[str, Labels]:
    """Every pod the base starts, by the name of its workload."""
    return {
        workload["metadata"]["name"]: workload["spec"]["template"]["metadata"]["labels"]
        for workload in of_kind("Deployment", "Job")
    }


def namespace_labels() -> Labels:
    (namespace,) = of_kind("Namespace")
    name = namespace["metadata"]["name"]
    return {**namespace["metadata"]["labels"], "kubernetes.io/metadata.name": name}


def is_open(source: Labels, target: Labels, port: int) -> bool:
    """Tell whether a connection between two pods of our namespace passes the policies of both ends."""
    leaves = any(_admits(rule, "to", target, port) for rule in _rules("egress", source))
    return leaves and any(_admits(rule, "from", source, port) for rule in _rules("ingress", target))


def rules_of(direction: str, labels: Labels) -> list[Manifest]:
    return list(_rules(direction, labels))


def _rules(direction: str, labels: Labels) -> Iterator[Manifest]:
    for policy in of_kind("NetworkPolicy"):
        spec = policy["spec"]
        if selects(spec["podSelector"], labels):
            # A rule without the direction's type would be inert, and its pod open.
            assert direction not in spec or direction.capitalize() in spec["policyTypes"]
            yield from spec.get(direction, [])


def _admits(rule: Manifest, end: str, labels: Labels, port: int) -> bool:
    if "ports" in rule and port not in [entry["port"] for entry in rule["ports"]]:
        return False
    return end not in rule or any(_is_peer(peer, labels) for peer in rule[end])


def _is_peer(peer: Manifest, labels: Labels) -> bool:
    if "ipBlock" in peer:
        # Addresses outside the cluster; those of pods are among the exceptions.
        return False
    assert peer.keys() <= {"podSelector", "namespaceSelector"}
    if "namespaceSelector" in peer and not selects(peer["namespaceSelector"], namespace_labels()):
        return False
    return selects(peer.get("podSelector", {}), labels)
