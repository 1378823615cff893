import json
from pathlib import Path
from typing import Any

import pytest

from annex_runner_proxy.adapters.limit_override_file import read_limit_overrides
from annex_runner_proxy.domain.limit_overrides import LimitOverrides
from annex_runner_proxy.domain.limits import PlatformLimits, Reuse
from annex_shared.settings import InvalidSettings
from unit.runner_proxy.fakes import INSTALL, an_install


def _read(folder: Path, document: Any) -> LimitOverrides:
    path = folder / "overrides.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_limit_overrides(path, PlatformLimits())


def test_without_a_file_nothing_is_overridden() -> None:
    assert read_limit_overrides(None, PlatformLimits()).of(an_install()).limits == {}


def test_file_names_installs_extensions_and_tenants(tmp_path: Path) -> None:
    install = an_install()
    overrides = _read(
        tmp_path,
        {
            "installs": {
                str(INSTALL): {
                    "limits": {"timeout_ms": 30_000},
                    "reuse": {"max_requests": 64, "max_idle_seconds": 1},
                }
            },
            "extensions": {"acme/notes": {"limits": {"cpu_ms": 9_000}}},
            "tenants": {str(install.tenant_id): {"limits": {"fuel": 1_000_000}}},
        },
    )

    override = overrides.of(install)

    assert override.limits == {"timeout_ms": 30_000, "cpu_ms": 9_000, "fuel": 1_000_000}
    assert override.reuse == Reuse(64, 1.0)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "the document: Invalid JSON"),
        ({"install": {}}, "install: Extra inputs"),
        ({"installs": {"x": {}}}, r"installs\.x"),
        ({"extensions": {"notes": {}}}, r"extensions\.notes: write it as publisher/name"),
        ({"extensions": {"acme/notes": {"limits": {"time": 1}}}}, r"limits\.time: Extra inputs"),
        (
            {"extensions": {"acme/notes": {"limits": {"timeout_ms": 60_000}}}},
            r"limits\.timeout_ms: 60000 is over this platform's ceiling of 30000",
        ),
        ({"extensions": {"acme/notes": {"limits": {"timeout_ms": 0}}}}, "greater than or equal to 1"),
        ({"extensions": {"acme/notes": {"limits": {"timeout_ms": "x"}}}}, "valid integer"),
        (
            {"extensions": {"acme/notes": {"reuse": {"max_requests": 1, "max_idle_seconds": 1}}}},
            "max_requests",
        ),
        ({"extensions": {"acme/notes": {"reuse": {"max_requests": 2}}}}, "max_idle_seconds: Field required"),
    ],
    ids=[
        "no JSON",
        "unknown member",
        "no install id",
        "no extension name",
        "unknown limit",
        "over the ceiling",
        "zero",
        "text",
        "reuse for one request",
        "reuse without end",
    ],
)
def test_mistake_in_the_file_stops_the_start_and_is_named(tmp_path: Path, document: Any, told: str) -> None:
    with pytest.raises(InvalidSettings, match=told):
        _read(tmp_path, document)


def test_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="LIMIT_OVERRIDES_FILE cannot be read"):
        read_limit_overrides(tmp_path / "nowhere", PlatformLimits())
