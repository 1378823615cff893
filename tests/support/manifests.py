"""Manifests by the fact they show: those every reader accepts, and those none does."""

from typing import Any

MINIMAL: dict[str, Any] = {"name": "com.acme.notes", "version": "1.4.0", "runtime": "wasm-js@1"}
ENDPOINT = {"method": "GET", "path": "/hello", "handler": "dist/main"}
UI = {"type": "iframe", "entry": "ui/index.html"}


def _with(**fields: Any) -> dict[str, Any]:
    return {**MINIMAL, **fields}


def _api(**fields: Any) -> dict[str, Any]:
    return _with(api={"endpoints": [{**ENDPOINT, **fields}]})


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in MINIMAL.items() if key != name}


GOOD: dict[str, dict[str, Any]] = {
    "minimal": MINIMAL,
    "everything-the-predecessor-knew": _with(
        publisher="SoftwareOne",
        capabilities=["http.fetch", "storage.kv", "secrets.get"],
        ui={
            "type": "iframe",
            "entry": "ui/index.html",
            "hooks": {
                "appMenu": {"label": "Agreements"},
                "clientPortalMenu": {"label": "Mine"},
                "tab": {"a": 1},
            },
            "routes": [{"path": "/agreements", "iframePath": "ui/agreements.html"}],
        },
        api={"endpoints": [ENDPOINT, {**ENDPOINT, "method": "post", "path": "/sync"}]},
        events=[{"topic": "billing.statement.created", "handler": "dist/handlers/statement.js"}],
        entry="dist/main.wasm",
        precompiled={"x86_64-linux-gnu": "artifacts/cwasm/x86_64-linux-gnu/main.cwasm"},
        assets=["ui/**/*"],
        sbom="sbom.spdx.json",
    ),
    "own-fields": _with(**{"x-team": {"slack": "#notes"}, "x-": None}),
    "capitals-in-the-name": _with(name="Com.Acme.Notes_2"),
    "a-one-letter-name": _with(name="a"),
    "a-publisher-with-spaces": _with(publisher=" Your Org, Inc. "),
    "a-prerelease-with-build": _with(version="1.0.0-alpha.1+build.7"),
    "another-runtime": _with(runtime="wasm32-wasi"),
    "a-capability-in-every-spelling": _with(
        capabilities=[" cap:HTTP.Fetch ", "log", "x_y-z.1a", "http.fetch"]
    ),
    "a-capability-of-the-future": _with(capabilities=["telepathy.read"]),
    "no-endpoints": _with(api={"endpoints": []}),
    "an-endpoint-of-every-method": _with(
        api={
            "endpoints": [
                {**ENDPOINT, "method": method}
                for method in ("GET", "post", "Put", "PATCH", "DELETE", "OPTIONS", "head")
            ]
        }
    ),
    "an-untidy-path": _api(path=".//a///b"),
    "a-path-with-parameter": _api(path="/notes/:id"),
    "an-endpoint-with-a-member-of-its-own": _api(schedulable=True),
    "a-ui-entry-below-ui": _with(ui={**UI, "entry": "./index.html"}),
    "nulls-for-absent-things": _with(publisher=None, ui=None, api=None, entry=None, sbom=None),
    "an-empty-map-of-precompiled": _with(precompiled={}),
}

BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    # name: (document, pointer of the first error, words its sentence holds)
    "no-name": (_without("name"), "/name", "name is missing"),
    "no-version": (_without("version"), "/version", "version is missing"),
    "no-runtime": (_without("runtime"), "/runtime", '"runtime": "wasm-js@1"'),
    "a-number-for-a-name": (_with(name=7), "/name", "must be a text, not 7"),
    "a-space-in-the-name": (_with(name="my notes"), "/name", '"my notes" is not allowed'),
    "a-kelvin-sign-in-the-name": (_with(name="\u212aelvin"), "/name", "is not allowed"),
    "a-slash-in-the-name": (_with(name="acme/notes"), "/name", "is not allowed"),
    "a-dot-at-the-end-of-the-name": (_with(name="notes."), "/name", "is not allowed"),
    "a-name-of-129": (_with(name="n" * 129), "/name", "is not allowed"),
    "an-empty-publisher": (_with(publisher="  "), "/publisher", "cannot be written as a slug"),
    "a-publisher-in-greek": (_with(publisher="Άλφα"), "/publisher", "cannot be written as a slug"),
    "a-wildcard-version": (_with(version="1.2.*"), "/version", "Write the full number, such as 1.2.0."),
    "a-leading-v": (_with(version="v1.2.3"), "/version", "is not a SemVer 2.0 number"),
    "a-leading-zero": (_with(version="1.02.3"), "/version", "is not a SemVer 2.0 number"),
    "an-empty-prerelease": (_with(version="1.2.3-"), "/version", "is not a SemVer 2.0 number"),
    "digits-of-another-script": (_with(version="1.2.\u0663"), "/version", "is not a SemVer 2.0 number"),
    "two-numbers": (_with(version="1.2"), "/version", "is not a SemVer 2.0 number"),
    "a-runtime-without-version": (_with(runtime="wasm"), "/runtime", 'such as "wasm-js@1"'),
    "a-mistyped-field": (_with(capabilites=[]), "/capabilites", 'Did you mean "capabilities"?'),
    "an-unknown-field": (_with(telemetry=True), "/telemetry", 'prefix "x-"'),
    "an-own-field-without-dash": (_with(xteam=1), "/xteam", "unknown field"),
    "one-capability-instead-of-a-list": (_with(capabilities="http.fetch"), "/capabilities", "must be a list"),
    "a-capability-with-a-space": (_with(capabilities=["a b"]), "/capabilities/0", "written like http.fetch"),
    "an-empty-capability": (_with(capabilities=["cap:"]), "/capabilities/0", "written like http.fetch"),
    "a-capability-that-is-a-number": (_with(capabilities=[1]), "/capabilities/0", "must be a text"),
    "a-ui-of-another-type": (
        _with(ui={**UI, "type": "react"}),
        "/ui/type",
        'ui.type must be "iframe", not "react"',
    ),
    "a-ui-without-entry": (_with(ui={"type": "iframe"}), "/ui/entry", "ui.entry is missing"),
    "a-ui-entry-that-climbs": (_with(ui={**UI, "entry": "ui/../x"}), "/ui/entry", 'must not contain ".."'),
    "an-empty-ui-entry": (_with(ui={**UI, "entry": " "}), "/ui/entry", "must not be empty"),
    "a-ui-entry-of-slashes": (_with(ui={**UI, "entry": "./"}), "/ui/entry", "must not be empty"),
    "a-menu-without-label": (
        _with(ui={**UI, "hooks": {"appMenu": {}}}),
        "/ui/hooks/appMenu/label",
        "ui.hooks.appMenu.label is missing",
    ),
    "a-route-without-document": (
        _with(ui={**UI, "routes": [{"path": "/a", "iframepath": "ui/a.html"}]}),
        "/ui/routes/0/iframePath",
        'Did you mean "iframePath"?',
    ),
    "an-api-without-endpoints": (_with(api={"endpoint": []}), "/api/endpoints", 'Did you mean "endpoints"?'),
    "an-api-that-is-a-list": (_with(api=[ENDPOINT]), "/api", "api must be an object, not a list"),
    "an-unknown-method": (_api(method="FETCH"), "/api/endpoints/0/method", "must be one of GET, POST"),
    "a-path-with-a-space": (_api(path="/a b"), "/api/endpoints/0/path", "hold no spaces"),
    "a-path-with-a-line-break": (_api(path="/a\nb"), "/api/endpoints/0/path", "hold no spaces"),
    "a-path-that-climbs": (_api(path="/a/../b"), "/api/endpoints/0/path", 'must not contain ".."'),
    "an-empty-path": (_api(path=""), "/api/endpoints/0/path", 'must begin with "/"'),
    "an-empty-handler": (_api(handler=""), "/api/endpoints/0/handler", "must not be empty"),
    "a-handler-that-climbs": (_api(handler="../main"), "/api/endpoints/0/handler", 'must not contain ".."'),
    "an-event-without-topic": (
        _with(events=[{"handler": "h"}]),
        "/events/0/topic",
        "events[0].topic is missing",
    ),
    "an-empty-asset": (_with(assets=[""]), "/assets/0", "must not be empty"),
    "a-precompiled-list": (_with(precompiled=["a"]), "/precompiled", "must be an object"),
    "an-empty-precompiled-target": (_with(precompiled={"": "a"}), "/precompiled/", "must not be empty"),
    "a-precompiled-path-that-climbs": (
        _with(precompiled={"a": "../b"}),
        "/precompiled/a",
        'must not contain ".."',
    ),
}
