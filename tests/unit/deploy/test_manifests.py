import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from annex_gateway.settings import GatewaySettings
from annex_gateway.settings import MigrationSettings as GatewayMigrationSettings
from annex_registry.settings import MigrationSettings as RegistryMigrationSettings
from annex_registry.settings import RegistrySettings
from annex_runner_proxy.domain.addresses import NOT_PUBLIC
from annex_runner_proxy.settings import MigrationSettings as RunnerProxyMigrationSettings
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.settings import ServiceSettings
from annex_ui_host.settings import UiHostSettings
from unit.deploy.manifests import (
    BASE,
    ROOT,
    container_of,
    environment_of,
    is_open,
    kustomization,
    manifests,
    of_kind,
    pod_of,
    pods,
    rules_of,
    selects,
    the,
)

SERVICES: dict[str, type[ServiceSettings]] = {
    "registry": RegistrySettings,
    "gateway": GatewaySettings,
    "runner-proxy": RunnerProxySettings,
    "ui-host": UiHostSettings,
}
MIGRATIONS: dict[str, type[ServiceSettings]] = {
    "registry-migration": RegistryMigrationSettings,
    "gateway-migration": GatewayMigrationSettings,
    "runner-proxy-migration": RunnerProxyMigrationSettings,
}
WORKLOADS = {**SERVICES, **MIGRATIONS}
PORTS: dict[str, int] = {name: settings.model_fields["port"].default for name, settings in SERVICES.items()}

# Section 2 of docs/architecture.md.
ARROWS = {
    ("gateway", "registry"),
    ("gateway", "runner-proxy"),
    ("runner-proxy", "gateway"),
    ("runner-proxy", "registry"),
    ("ui-host", "gateway"),
    ("ui-host", "registry"),
}
PUBLIC = {"gateway", "ui-host"}
# Who needs a port of a backing service is whoever has the setting that names it.
BACKING_PORTS = {
    "database_url": 5432,
    "migration_database_url": 5432,
    "redis_url": 6379,
    "bus_url": 5672,
    "bundle_store_url": 443,
    "vault_addr": 8200,
}
SECRETS_FOLDER = "/run/annex/secrets"


def workload(name: str) -> dict[str, Any]:
    return the("Deployment" if name in SERVICES else "Job", name)


def secret_files(name: str) -> set[str]:
    """Name the keys of its Secret that a workload reads."""
    values = environment_of(workload(name)).values()
    return {Path(value).name for value in values if value.startswith(f"{SECRETS_FOLDER}/")}


def test_the_kustomization_lists_every_file() -> None:
    listed = [
        *kustomization()["resources"],
        *(name for entry in kustomization()["configMapGenerator"] for name in entry["envs"]),
    ]

    files = {str(path.relative_to(BASE)) for path in BASE.rglob("*") if path.is_file()}
    assert sorted(listed) == sorted(files - {"kustomization.yaml"})


def test_every_manifest_is_one_object_of_its_own_kind_and_name() -> None:
    names = [(one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in manifests()]

    assert len(set(names)) == len(names) == len(kustomization()["resources"])


def test_no_secret_is_in_the_repository() -> None:
    assert of_kind("Secret") == []


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_workload_runs_the_program_its_settings_belong_to(name: str) -> None:
    service = WORKLOADS[name].service

    container = container_of(workload(name))

    assert container["image"] == f"annex/{service}"
    assert container["command"] == [
        "python",
        "-m",
        f"annex_{service.replace('-', '_')}",
        "migrate" if name in MIGRATIONS else "serve",
    ]


def test_every_image_has_a_tag_in_the_kustomization_and_only_there() -> None:
    tags = {image["name"]: image["newTag"] for image in kustomization()["images"]}

    assert tags.keys() == {container_of(workload(name))["image"] for name in WORKLOADS}
    assert "latest" not in tags.values()


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_variable_is_a_setting_of_its_service(name: str) -> None:
    settings = WORKLOADS[name]
    current = {
        spelling
        for field in settings.model_fields
        for spelling in settings.names_of(field)
        if spelling not in settings.legacy_names(field)
    }

    unknown = environment_of(workload(name)).keys() - current - {f"{spelling}_FILE" for spelling in current}

    assert unknown == set()


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_settings_load_from_what_the_manifests_provide(name: str, tmp_path: Path) -> None:
    for file in secret_files(name):
        (tmp_path / file).write_text("the content of a mounted file")
    environment = {
        variable: value.replace(SECRETS_FOLDER, str(tmp_path))
        for variable, value in environment_of(workload(name)).items()
    }

    settings, warnings = WORKLOADS[name].load(environment)

    assert warnings == []
    if isinstance(settings, RegistrySettings):
        assert settings.store_url().startswith("s3://")
    if "bus_url" in WORKLOADS[name].model_fields:
        # Optional to the classes, because the embedded platform passes a bus; never optional here.
        assert settings.model_dump()["bus_url"] == SecretStr("the content of a mounted file")
    if "database_url" in WORKLOADS[name].model_fields:
        assert settings.model_dump()["database_url"] == SecretStr("the content of a mounted file")


@pytest.mark.parametrize("name", WORKLOADS)
def test_what_is_secret_comes_from_a_mounted_file(name: str) -> None:
    settings = WORKLOADS[name]
    secret_names = {
        spelling
        for field, facts in settings.model_fields.items()
        if "SecretStr" in str(facts.annotation)
        for spelling in settings.names_of(field)
    }

    assert environment_of(workload(name)).keys() & secret_names == set()


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_secret_of_the_workloads_own_name_is_mounted_and_documented(name: str) -> None:
    page = (ROOT / "docs" / "operations" / "kubernetes.md").read_text()
    documented = set(re.findall(rf"^\| `{name}` \| `([^`]+)` \|", page, re.MULTILINE))

    mounts = {mount["name"]: mount for mount in container_of(workload(name))["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod_of(workload(name))["volumes"]}

    assert mounts["secrets"] == {"name": "secrets", "mountPath": SECRETS_FOLDER, "readOnly": True}
    assert volumes["secrets"]["secret"] == {"secretName": name, "defaultMode": 0o440}
    assert documented == secret_files(name) != set()


def test_compiled_code_is_cached_below_a_volume_and_not_in_its_root() -> None:
    runner = workload("runner-proxy")
    mounts = {mount["name"]: mount["mountPath"] for mount in container_of(runner)["volumeMounts"]}

    cache_root = Path(environment_of(runner)["CACHE_ROOT"])

    # The root of an emptyDir belongs to root and is writable by the group: open_cache_root refuses it.
    assert str(cache_root.parent) == mounts["cache"]
    assert {"name": "cache", "emptyDir": {"sizeLimit": "4Gi"}} in pod_of(runner)["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_container_and_service_listen_on_the_port_of_the_settings(name: str) -> None:
    container = container_of(workload(name))
    (service_port,) = the("Service", name)["spec"]["ports"]

    assert container["ports"] == [{"name": "http", "containerPort": PORTS[name]}]
    assert service_port == {"name": "http", "port": PORTS[name], "targetPort": "http"}


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_called_where_they_listen_and_only_along_the_arrows(name: str) -> None:
    environment = environment_of(workload(name))
    # Addresses under .invalid are for the deployment to replace.
    urls = [urlsplit(value) for value in environment.values() if value.startswith("http://")]

    called = {(name, str(url.hostname)) for url in urls}

    assert called == {arrow for arrow in ARROWS if arrow[0] == name}
    assert all(url.port == PORTS[str(url.hostname)] for url in urls)


@pytest.mark.parametrize("name", SERVICES)
def test_kubernetes_asks_the_routes_of_health(name: str) -> None:
    container = container_of(workload(name))

    asked = {
        probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }

    assert asked == {
        "startupProbe": {"path": "/livez", "port": "http"},
        "livenessProbe": {"path": "/livez", "port": "http"},
        "readinessProbe": {"path": "/readyz", "port": "http"},
    }
    # A dependency has two seconds to answer; a probe that gives up earlier would hide which one did not.
    assert container["readinessProbe"]["timeoutSeconds"] > 2


@pytest.mark.parametrize("name", SERVICES)
def test_one_replica_may_go_away_and_they_stand_on_different_nodes(name: str) -> None:
    spread = {"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}
    labels = {"matchLabels": {"app.kubernetes.io/name": name}}

    deployment = workload(name)

    assert deployment["spec"]["replicas"] == 2
    assert pod_of(deployment)["topologySpreadConstraints"] == [{**spread, "labelSelector": labels}]
    assert the("PodDisruptionBudget", name)["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("name", SERVICES)
def test_requests_under_way_end_before_the_container_does(name: str) -> None:
    before_stopping = container_of(workload(name))["lifecycle"]["preStop"]["sleep"]["seconds"]

    # The server waits ten seconds for them once it is told to stop.
    assert pod_of(workload(name))["terminationGracePeriodSeconds"] > before_stopping + 10


@pytest.mark.parametrize("name", SERVICES)
def test_selectors_of_a_service_find_its_pods_and_no_others(name: str) -> None:
    selectors = [
        {"matchLabels": the("Service", name)["spec"]["selector"]},
        workload(name)["spec"]["selector"],
        the("PodDisruptionBudget", name)["spec"]["selector"],
        the("NetworkPolicy", name)["spec"]["podSelector"],
    ]

    for selector in selectors:
        assert [pod for pod, labels in pods().items() if selects(selector, labels)] == [name]


def test_the_arrows_between_the_services_are_those_of_the_architecture() -> None:
    opened = {
        (source, target)
        for source, source_labels in pods().items()
        for target, target_labels in pods().items()
        for port in {*PORTS.values(), *BACKING_PORTS.values(), 53, 80}
        if is_open(source_labels, target_labels, port)
    }

    assert opened == ARROWS


@pytest.mark.parametrize("name", WORKLOADS)
def test_who_may_come_in_is_everybody_or_the_callers_alone(name: str) -> None:
    callers = {source for source, target in ARROWS if target == name}

    rules = rules_of("ingress", pods()[name])

    if name in PUBLIC:
        assert rules == [{"ports": [{"port": PORTS[name]}]}]
    elif not callers:
        assert rules == []
    else:
        (rule,) = rules
        peers = [peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in rule["from"]]
        assert sorted(peers) == sorted(callers)
        assert rule["ports"] == [{"port": PORTS[name]}]


@pytest.mark.parametrize("name", WORKLOADS)
def test_who_may_leave_the_namespace_is_whoever_has_a_setting_for_it(name: str) -> None:
    needed = {BACKING_PORTS[field] for field in WORKLOADS[name].model_fields if field in BACKING_PORTS}

    outside = [
        (peer, [port["port"] for port in rule["ports"]])
        for rule in rules_of("egress", pods()[name])
        for peer in rule["to"]
        if "namespaceSelector" in peer
    ]

    dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    backing = {"namespaceSelector": {"matchLabels": {"annex-backing-services": "true"}}}
    assert [ports for peer, ports in outside if peer == dns] == [[53, 53]]
    assert [set(ports) for peer, ports in outside if peer == backing] == [needed]
    assert len(outside) == 2


@pytest.mark.parametrize("name", WORKLOADS)
def test_only_what_runs_extensions_reaches_the_internet_and_nothing_private_there(name: str) -> None:
    blocks = {
        ip_network(peer["ipBlock"]["cidr"]): {ip_network(text) for text in peer["ipBlock"]["except"]}
        for rule in rules_of("egress", pods()[name])
        for peer in rule["to"]
        if "ipBlock" in peer
    }

    if name != "runner-proxy":
        assert blocks == {}
        return
    ipv4, ipv6 = IPv4Network("0.0.0.0/0"), IPv6Network("2000::/3")
    assert blocks == {
        ipv4: {one for one in NOT_PUBLIC if isinstance(one, IPv4Network)},
        ipv6: {one for one in NOT_PUBLIC if isinstance(one, IPv6Network) and one.subnet_of(ipv6)},
    }


def test_a_migration_can_be_applied_before_everything_else() -> None:
    first = [
        (one["kind"], one["metadata"]["name"])
        for one in manifests()
        if one["metadata"].get("labels", {}).get("app.kubernetes.io/component") in {"network", "migration"}
    ]

    assert sorted(first) == [
        ("Job", "gateway-migration"),
        ("Job", "registry-migration"),
        ("Job", "runner-proxy-migration"),
        ("NetworkPolicy", "default-deny"),
        ("NetworkPolicy", "dns"),
        ("NetworkPolicy", "migrations"),
        ("ServiceAccount", "migrations"),
    ]


def test_what_no_policy_allows_is_refused() -> None:
    assert the("NetworkPolicy", "default-deny")["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }


def test_the_namespace_refuses_pods_that_are_not_restricted() -> None:
    labels = the("Namespace", kustomization()["namespace"])["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_pod_has_no_identity_in_the_cluster_and_no_privilege(name: str) -> None:
    pod, container = pod_of(workload(name)), container_of(workload(name))

    account = the("ServiceAccount", pod["serviceAccountName"])

    assert account["automountServiceAccountToken"] is False
    assert pod["automountServiceAccountToken"] is False
    # With a prefix of annex- the links would be variables such as ANNEX_GATEWAY_PORT, a setting of ours.
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC", "initContainers"}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_container_says_what_it_needs_and_writes_only_into_bounded_volumes(name: str) -> None:
    container = container_of(workload(name))
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}

    writable = [volume for volume in pod_of(workload(name))["volumes"] if volume["name"] != "secrets"]

    assert {tuple(sorted(container["resources"][bound])) for bound in ("requests", "limits")} == {
        ("cpu", "memory")
    }
    assert mounted["tmp"] == "/tmp"  # noqa: S108 - the container's own volume
    assert all("sizeLimit" in volume["emptyDir"] for volume in writable)
    assert mounted.keys() == {"secrets", *(volume["name"] for volume in writable)}
