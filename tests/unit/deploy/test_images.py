"""What can be said of the images without building one: their Dockerfiles, and the locks they install from."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from unit.deploy.manifests import ROOT, container_of, of_kind, pod_of

SERVICES = ("gateway", "registry", "runner-proxy", "ui-host")
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==([^ ;\\]+)", re.MULTILINE)


def dockerfile(service: str) -> Path:
    return ROOT / "services" / service / "Dockerfile"


def instructions(service: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile with continued lines joined."""
    text = re.sub(r"\\\n\s*", "", dockerfile(service).read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def final_stage(service: str) -> list[tuple[str, str]]:
    found = instructions(service)
    last = max(place for place, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def deployment_of(service: str) -> dict[str, object]:
    (found,) = (one for one in of_kind("Deployment") if one["metadata"]["name"] == service)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_the_linter_of_dockerfiles_finds_nothing(service: str) -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"

    ran = subprocess.run(
        [hadolint, dockerfile(service)], check=False, capture_output=True, text=True, timeout=60
    )

    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_copied_in_is_there_and_not_kept_out(service: str) -> None:
    let_in = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line[:1] == "!"
    ]
    sources = [
        words.split()[0] for name, words in instructions(service) if name == "COPY" and "--from" not in words
    ]

    assert sources
    for source in sources:
        assert (ROOT / source).exists()
        assert any(source == one or source.startswith(f"{one}/") for one in let_in)


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_runs_as_the_deployment_expects(service: str) -> None:
    stage = dict(final_stage(service))
    deployment = deployment_of(service)
    container, pod = container_of(deployment), pod_of(deployment)
    command = [*re.findall(r'"([^"]+)"', stage["ENTRYPOINT"]), *re.findall(r'"([^"]+)"', stage["CMD"])]

    context = pod["securityContext"]
    assert stage["USER"] == f"{context['runAsUser']}:{context['runAsGroup']}"
    assert stage["EXPOSE"] == str(container["ports"][0]["containerPort"])
    assert command == container["command"]
    assert f'"annex_shared.liveness_probe", "{stage["EXPOSE"]}"' in stage["HEALTHCHECK"]
    assert container["image"] == f"annex/{service}"


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_installs_versions_that_everything_else_was_tested_with(service: str) -> None:
    tested = dict(PIN.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    installed = dict(
        PIN.findall((ROOT / "services" / service / "requirements.lock").read_text(encoding="utf-8"))
    )

    assert installed
    assert {name: tested.get(name) for name in installed} == installed
