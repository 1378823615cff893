"""Generate docs/errors.md, docs/limits.md, docs/operations/settings.md, .env.example and the CLI's own pages.

usage: python scripts/reference.py [--check]
"""

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from annex_cli.exit_codes import EXIT_CODES
from annex_runner_proxy.domain.limit_rows import LimitRow, limit_rows
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_shared.errors import AnnexError
from annex_shared.http.problems import SHARED_PROBLEMS, Problem
from annex_shared.settings import ServiceSettings

LIMITS_TEXT = """\
A request names limits in `limits` of `POST /v1/execute` and can only narrow. A limit that is absent is the
default, never "now" and never "without". `usage` in every answer says what a call took.

Time, processor time, memory and tables are measured while the call runs and once more when it ends, so the
verdict does not depend on how fast a guest was. A guest that waits in a host call spends no processor time.
Fuel counts instructions and is the same in every run of the same code on the same input; it needs code that
is compiled for it, which is done when the first call asks (`VERSION_WARMING` until then).

Administrators narrow `timeout_ms`, `memory_mb`, `cpu_ms` and `fuel` for a tenant or for an extension in it
without a restart: [controls](controls.md). `annex limits EXT` shows what holds.

## For one install, one extension, one tenant

An operator (permission `platform:admin`) sets limits of one install while everything runs, with
`PUT /api/v1/installs/{install_id}/limits`; the body replaces what was set before, an empty one takes it away.
The next call has them.

```json
{
  "limits": { "timeout_ms": 30000, "host_calls": 20000 },
  "reuse": { "max_requests": 64, "max_idle_seconds": 1 }
}
```

`LIMIT_OVERRIDES_FILE` of the runner-proxy names a JSON file that is read at start, for installs, extensions
and tenants. A limit that does not exist, or a figure above the platform's ceiling, stops the start with a
sentence that says where.

What is said of a limit is both default and ceiling there: a request may narrow it and not exceed it, and the
platform's ceiling holds all the same. The address goes before the file, and in the file the word about an
install before that about its extension, and that before the one about the tenant, limit by limit.

```json
{
  "installs": {
    "5b0c1f0e-6d0e-4a55-9a55-0d8f2f6f3c11": {
      "limits": { "timeout_ms": 30000, "host_calls": 20000 },
      "reuse": { "max_requests": 64, "max_idle_seconds": 1 }
    }
  },
  "extensions": { "acme/invoice-notes": { "limits": { "cpu_ms": 10000 } } },
  "tenants": { "7c9e6679-7425-40de-944b-e07fc1f90ae7": { "limits": { "memory_bytes": 134217728 } } }
}
```

## One tenant beside others

Calls wait in turns of tenants, so a crowd delays itself; when the queue is full (`QUEUE_MAX_WAITING`),
the last call of whoever has most in it is refused with `OVERLOADED`. A call that ends its worker (a
deadline, memory, processor time, tables, a crash) makes everybody wait for the start of another. A
tenant whose calls did that twice within ten seconds therefore takes a worker only while a free seat and
a started worker are left to others; until ten quiet seconds have passed its calls wait for that, or are
refused with `OVERLOADED`. Each replica judges by what it saw itself.

## Reusing an instance

Every call gets an instance of its own. `reuse` lets a worker keep an instance for the next call of the same
install: up to `max_requests` calls, and `max_idle_seconds` between two of them. It saves the time an engine
inside the guest needs to start, and it lets one call leave something for the next: switch it on where that
is trusted. An instance is dropped after any fault, whenever the install changes in any way, and before the
worker serves anybody else. Memory it keeps counts in every call. `usage.reused` says which calls had one.
""".splitlines()
ROOT = Path(__file__).resolve().parent.parent
SERVICES = {
    "registry": "annex_registry",
    "gateway": "annex_gateway",
    "runner-proxy": "annex_runner_proxy",
    "ui-host": "annex_ui_host",
    "witness": "annex_witness",
}
# Answers made without an exception class of ours.
PLAIN = {
    Problem("route-not-found", 404, "Route not found"): "There is nothing at this address.",  # type: ignore[arg-type]
    Problem("internal", 500, "Internal error"): (  # type: ignore[arg-type]
        "The service failed in a way nobody foresaw. The fault is ours; the request id finds the log line."
    ),
}
# Said by annex without an error class of its own.
CLI_PLAIN = {"RUNNER_ERROR": "A runner of the predecessor's kind failed and said no more than that."}
STANDALONE = {
    "ANNEX_HOME": (".annex", "Data directory of the embedded platform."),
    "ANNEX_GATEWAY_PORT": ("8080", "Port of the gateway in the embedded platform; 0 picks a free one."),
    "ANNEX_REGISTRY_PORT": ("8081", "Port of the registry in the embedded platform; 0 picks a free one."),
    "ANNEX_RUNNER_PROXY_PORT": (
        "8082",
        "Port of the runner-proxy in the embedded platform; 0 picks a free one.",
    ),
    "ANNEX_UI_HOST_PORT": ("8083", "Port of the ui-host in the embedded platform; 0 picks a free one."),
}


@dataclass
class ErrorEntry:
    """One code, what it means, and which services say it."""

    problem: Problem
    meaning: str
    services: list[str] = field(default_factory=list)
    statuses: dict[int, list[str]] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    pages = {
        ROOT / "docs" / "errors.md": errors_page(),
        ROOT / "docs" / "limits.md": limits_page(),
        ROOT / "docs" / "operations" / "settings.md": settings_page(),
        ROOT / ".env.example": env_example(),
        ROOT / "cli" / "src" / "annex_cli" / "problem_pages.json": cli_pages(),
    }
    stale = [path for path, text in pages.items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"error: {path.relative_to(ROOT)} is stale; run `make schemas`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages[path])
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def error_entries() -> dict[str, ErrorEntry]:
    """Collect every code of every table; one code must mean one thing."""
    entries: dict[str, ErrorEntry] = {
        problem.code: ErrorEntry(problem, text) for problem, text in PLAIN.items()
    }
    for service, table in problem_tables():
        for kind, problem in table.items():
            entry = entries.setdefault(problem.code, ErrorEntry(problem, meaning_of(kind)))
            entry.services.append(service)
            entry.statuses.setdefault(int(problem.status), []).append(service)
    return entries


def problem_tables() -> Iterator[tuple[str, dict[type[Exception], Problem]]]:
    yield "every service", dict(SHARED_PROBLEMS)
    for service, package in SERVICES.items():
        yield service, dict(importlib.import_module(f"{package}.api.problems").PROBLEMS)


def meaning_of(kind: type[Exception]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def errors_page() -> str:
    lines = [
        "# Errors",
        "",
        "Every refusal is an `application/problem+json` document (RFC 9457) with these members beside the",
        "standard ones: `code` (one meaning, for ever), `message` (equals `detail`), `request_id` (finds the",
        "log line), `retryable`, `details` (facts for programs) and sometimes `hint`.",
        "The sentence may be improved any day; programs read `code`.",
        "",
    ]
    for code, entry in sorted(error_entries().items()):
        lines += [
            f"## {code}",
            "",
            said_by(entry),
            "",
            entry.meaning,
            "",
        ]
    return "\n".join(lines)


def cli_pages() -> str:
    """Write what `annex explain` knows: the codes of the platform, and those of the CLI itself."""
    pages: dict[str, dict[str, object]] = {}
    for code, entry in error_entries().items():
        if code not in EXIT_CODES:
            continue  # said to witnesses only
        statuses = sorted(entry.statuses) or [int(entry.problem.status)]
        services = list(dict.fromkeys(entry.services)) or ["every service"]
        pages[code] = {"meaning": entry.meaning, "said_by": services, "statuses": statuses}
    for kind in own_errors():
        page: dict[str, object] = {"meaning": meaning_of(kind), "said_by": ["annex"], "statuses": []}
        pages.setdefault(re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper(), page)
    for code, meaning in CLI_PLAIN.items():
        pages[code] = {"meaning": meaning, "said_by": ["annex"], "statuses": []}
    for page in pages.values():
        page["meaning"] = str(page["meaning"]).replace("``", "`")
    return f"{json.dumps(dict(sorted(pages.items())), indent=2, ensure_ascii=False)}\n"


def own_errors() -> list[type[AnnexError]]:
    """Every error of ours that a command can end with: the CLI's, and those of the shared library."""
    for name in ("annex_cli.program", "annex_shared.bundle", "annex_shared.manifest", "annex_shared.signing"):
        importlib.import_module(name)
    known, found = set(EXIT_CODES), [AnnexError]
    for kind in found:
        found += [below for below in kind.__subclasses__() if below not in found]
    own = [kind for kind in found if kind.__module__.startswith(("annex_cli.", "annex_shared."))]
    codes = {kind: re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper() for kind in own}
    named = [kind for kind in own if codes[kind] in known]
    return sorted(named, key=lambda kind: (kind.__module__, codes[kind]))


def said_by(entry: ErrorEntry) -> str:
    services = ", ".join(dict.fromkeys(entry.services)) or "every service"
    if len(entry.statuses) > 1:
        said = "; ".join(
            f"status {status}: {', '.join(dict.fromkeys(by))}" for status, by in entry.statuses.items()
        )
        return f"`/errors/{entry.problem.slug}` · {said}"
    return f"`/errors/{entry.problem.slug}` · status {int(entry.problem.status)} · {services}"


def limits_page() -> str:
    lines = [
        "# Limits",
        "",
        "What one call of an extension may use. The figures are those of a platform with default settings;",
        "`GET /.well-known/limits.json` at the gateway and the runner-proxy answers those of a running one,",
        "from the same table.",
        "",
        "| limit | unit | default | ceiling | beyond it | narrowed by | setting | what counts |",
        "|---|---|---|---|---|---|---|---|",
        *(limit_line(row) for row in limit_rows(PlatformLimits())),
        "",
        *LIMITS_TEXT,
    ]
    return "\n".join([*lines, ""])


def limit_line(row: LimitRow) -> str:
    text = row.text
    beyond = f"[`{text.code}`](errors.md#{text.code.lower()})" if text.code else "the call goes on"
    asked = f"`limits.{text.asked_as}`" if text.asked_as else "-"
    default = "not counted" if row.default is None else f"{row.default:,}"
    setting = ", ".join(f"`{name}`" for name in text.setting.split(", ")) if text.setting else "-"
    return (
        f"| `{text.name}` | {text.unit} | {default} | {row.ceiling:,} | {beyond} | {asked} | {setting} | "
        f"{text.meaning} |"
    )


def settings_classes() -> Iterator[tuple[str, list[type[ServiceSettings]]]]:
    """Yield each service and its settings classes; a setting of several commands stands in several."""
    for service, package in SERVICES.items():
        module = importlib.import_module(f"{package}.settings")
        found = [value for value in vars(module).values() if is_settings_class(value, module)]
        # The class of `serve` holds most; the others add what only their command needs.
        yield service, sorted(found, key=lambda kind: -len(kind.model_fields))


def is_settings_class(value: object, module: ModuleType) -> bool:
    return (
        inspect.isclass(value) and issubclass(value, ServiceSettings) and value.__module__ == module.__name__
    )


@dataclass(frozen=True)
class SettingRow:
    """One setting of one service."""

    env_name: str
    default: str
    is_required: bool
    legacy: str
    text: str


def rows(classes: list[type[ServiceSettings]]) -> Iterator[SettingRow]:
    seen: set[str] = set()
    for settings in classes:
        for name, info in settings.model_fields.items():
            if name in seen:
                continue
            seen.add(name)
            yield SettingRow(
                settings.env_name(name),
                default_of(info),
                info.is_required(),
                ", ".join(settings.legacy_names(name)),
                info.description or "",
            )


def default_of(info: FieldInfo) -> str:
    if "Secret" in str(info.annotation) or info.default is PydanticUndefined or info.default is None:
        return ""
    return str(info.default)


def settings_page() -> str:
    lines = [
        "# Settings",
        "",
        "A setting `NAME` of a service is read from `ANNEX_<SERVICE>_<NAME>`, then `<NAME>`, then the",
        "predecessor's names in the third column (accepted with one warning). `<NAME>_FILE` names a file",
        "that holds the value, for mounted secrets. A service that finds mistakes names all and exits 2.",
        "",
    ]
    for service, classes in settings_classes():
        lines += [
            f"## {service}",
            "",
            "| setting | default | predecessor's names | what it does |",
            "|---|---|---|---|",
        ]
        lines += [table_row(row) for row in rows(classes)]
        lines.append("")
    lines += ["## Embedded platform", "", "| setting | default | what it does |", "|---|---|---|"]
    lines += [f"| `{name}` | `{default}` | {text} |" for name, (default, text) in STANDALONE.items()]
    return "\n".join([*lines, ""])


def table_row(row: SettingRow) -> str:
    default = f"`{row.default}`" if row.default else ("required" if row.is_required else "-")
    legacy = f"`{row.legacy}`" if row.legacy else "-"
    return f"| `{row.env_name}` | {default} | {legacy} | {row.text} |"


def env_example() -> str:
    lines = [
        "# Every setting of every service, with its default; an empty one is required or optional as noted.",
        "# docs/operations/settings.md says more. The predecessor's names are accepted in their place.",
        "",
    ]
    for service, classes in settings_classes():
        lines += [f"# --- {service}", ""]
        for row in rows(classes):
            required = " Required." if row.is_required else ""
            legacy = f" Predecessor: {row.legacy}." if row.legacy else ""
            lines += [f"# {row.text}{required}{legacy}", f"#{row.env_name}={row.default}"]
        lines.append("")
    lines += ["# --- embedded platform (make run)", ""]
    for name, (default, text) in STANDALONE.items():
        lines += [f"# {text}", f"#{name}={default}"]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
