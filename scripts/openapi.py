"""Write the OpenAPI documents of the four services; ``--check`` exits 1 for a stale one.

Each is written twice: for people in docs/api, and compact into the package that serves it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from annex_gateway.api.operations import GATEWAY_API, public_routes
from annex_gateway.app import build_app as gateway_app
from annex_registry.api.operations.description import REGISTRY_API
from annex_registry.app import build_app as registry_app
from annex_runner_proxy.api.operations import RUNNER_PROXY_API
from annex_runner_proxy.app import build_app as runner_proxy_app
from annex_shared.http.openapi import openapi_document
from annex_shared.http.operations import ApiIncomplete, DescribedRoute, described_routes, routes_of
from annex_ui_host.api.operations import UI_HOST_API
from annex_ui_host.app import build_app as ui_host_app

ROOT = Path(__file__).resolve().parent.parent
Routes = dict[str, list[DescribedRoute]]
_APIS = {api.service: api for api in (REGISTRY_API, GATEWAY_API, RUNNER_PROXY_API, UI_HOST_API)}


class _Nothing:
    """Stands for every dependency of an application: whatever is read of it is nothing again."""

    pings: ClassVar[dict[str, Any]] = {}
    readings: ClassVar[tuple[Any, ...]] = ()

    def __getattr__(self, _name: str) -> "_Nothing":
        return self

    def __call__(self, *_: Any, **__: Any) -> "_Nothing":
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())


def applications() -> dict[str, Any]:
    """Build the real applications around nothing: their routes are all that is asked of them."""
    nothing: Any = _Nothing()
    settings: Any = SimpleNamespace(
        max_request_bytes=0,
        cache_max_bytes=0,
        warm_wait_seconds=0,
        execute_compat=None,
        runner_service_token=None,
    )
    return {
        "registry": registry_app(nothing),
        "gateway": gateway_app(nothing),
        "runner-proxy": runner_proxy_app(settings, nothing),
        "ui-host": ui_host_app(nothing),
    }


def described() -> Routes:
    """Describe every route of every service. Raises ApiIncomplete, with everything that is missing."""
    routes = {service: routes_of(app) for service, app in applications().items()}
    found: Routes = {}
    mistakes = []
    for service in ("registry", "runner-proxy", "ui-host"):
        try:
            found[service] = described_routes(routes[service], _APIS[service])
        except ApiIncomplete as mistake:
            mistakes.append(mistake.message)
            found[service] = []
    try:
        found["gateway"] = public_routes(
            routes["gateway"], registry=found["registry"], runner=found["runner-proxy"]
        )
    except ApiIncomplete as mistake:
        mistakes.append(mistake.message)
    if mistakes:
        raise ApiIncomplete("\n".join(mistakes))
    return found


def documents() -> dict[str, dict[str, Any]]:
    """Return every service's document, by its name."""
    return {service: openapi_document(routes, _APIS[service]) for service, routes in described().items()}


def files() -> dict[Path, str]:
    """Every generated file's path below the root, and its text."""
    texts: dict[Path, str] = {}
    for service, document in documents().items():
        package = Path(f"services/{service}/src/annex_{service.replace('-', '_')}")
        texts[Path(f"docs/api/{service}.openapi.json")] = json.dumps(document, indent=1, ensure_ascii=False)
        texts[package / "api" / "openapi.json"] = json.dumps(
            document, separators=(",", ":"), ensure_ascii=False
        )
    return {path: f"{text}\n" for path, text in texts.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    options = parser.parse_args(arguments)
    try:
        texts = files()
    except ApiIncomplete as mistake:
        print(mistake.message, file=sys.stderr)
        return 1
    stale = [path for path, text in texts.items() if not _reads(ROOT / path, text)]
    for path in stale:
        if options.check:
            print(f"{path} is stale. Run: python scripts/openapi.py", file=sys.stderr)
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(texts[path], encoding="utf-8")
            print(f"wrote {path}")
    return 1 if stale and options.check else 0


def _reads(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
