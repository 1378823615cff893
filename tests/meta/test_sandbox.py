"""Nobody touches extension code but the sandbox programs, and nobody has it run but `POST /v1/execute`."""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from annex_runner_proxy.api.limits import limits_document
from annex_runner_proxy.api.problems import PROBLEMS
from annex_runner_proxy.domain.limit_rows import STACK_BYTES, limit_rows
from annex_runner_proxy.domain.limits import PlatformLimits
from annex_runner_proxy.sandbox import engine, host_imports
from annex_runner_proxy.settings import RunnerProxySettings
from annex_shared.http.problems import SHARED_PROBLEMS

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "services" / "runner-proxy" / "src" / "annex_runner_proxy"
SANDBOX = PACKAGE / "sandbox"
# What starts a sandbox process or gives a job to one, and who may: the program that is started, the pool
# around it, the composition root, and the one action that runs an execution.
DOORS = {
    "annex_runner_proxy.sandbox.worker": {"adapters/worker_process.py"},
    "annex_runner_proxy.sandbox.compiler": {"adapters/compiler.py"},
}
RUNS_A_JOB = {"actions/execute.py", "adapters/worker_pool.py"}
BUILDS_A_JOB = {"actions/execute.py"}
CALLS_EXECUTE = {"api/execute.py"}


def _sources(*folders: Path) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            yield path, ast.parse(path.read_text())


def _product() -> list[Path]:
    return sorted(path for path in ROOT.glob("*/**/src") if not {".venv", "node_modules"} & {*path.parts})


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def test_only_the_sandbox_programs_import_wasmtime() -> None:
    folders = _product()

    users = [
        str(path.relative_to(ROOT))
        for path, tree in _sources(*folders)
        if SANDBOX not in path.parents and any(name.split(".")[0] == "wasmtime" for name in _imported(tree))
    ]

    assert PACKAGE.parent in folders
    assert len(folders) >= 7
    assert users == []


def test_service_imports_of_the_sandbox_only_what_does_not_load_the_engine() -> None:
    """What it may import is what it sends, reads and names; importing a program would run strangers' code."""
    harmless = {"frames", "messages", "isolation"}

    astray = [
        (str(path.relative_to(PACKAGE)), name)
        for path, tree in _sources(PACKAGE)
        if SANDBOX not in path.parents
        for name in _imported(tree)
        if name.startswith("annex_runner_proxy.sandbox.") and name.split(".")[2] not in harmless
    ]

    assert astray == []


@pytest.mark.parametrize("program", sorted(DOORS))
def test_sandbox_program_is_started_from_one_place(program: str) -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path, tree in _sources(*_product())
        if SANDBOX not in path.parents
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == program
    }

    assert found == DOORS[program]


def test_only_the_action_behind_v1_execute_has_a_job_run() -> None:
    """A job is made in one place and handed to ``Workers.run`` there; the pool hands it on to a worker."""
    builders, runners, callers = set(), set(), set()
    for path, tree in _sources(*_product()):
        name = str(path.relative_to(PACKAGE)) if PACKAGE in path.parents else str(path.relative_to(ROOT))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "Job":
                builders.add(name)
            if re.search(r"(\bworkers|\bpool|\bworker)\.run$", called) and SANDBOX not in path.parents:
                runners.add(name)
            if called == "execute" and PACKAGE in path.parents:
                callers.add(name)

    assert builders == BUILDS_A_JOB
    assert runners == RUNS_A_JOB
    assert callers == CALLS_EXECUTE


def test_v1_execute_is_the_only_route_that_executes() -> None:
    tree = ast.parse((PACKAGE / "app.py").read_text())

    made = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]

    routes = [call for call in made if call.startswith("web.") and call.endswith(", handler)")]
    assert [call for call in made if call.startswith("execute_handler(")]
    assert routes == ["web.post('/v1/execute', handler)"]


def test_limits_page_document_and_code_agree() -> None:
    rows = limit_rows(PlatformLimits())
    document = json.loads(limits_document(PlatformLimits()).model_dump_json())
    page = (ROOT / "docs" / "limits.md").read_text()
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| `")
    ]

    assert [entry["name"] for entry in document["limits"]] == [row.text.name for row in rows]
    assert [line[0].strip("`") for line in lines] == [row.text.name for row in rows]
    assert [line[2].replace(",", "") for line in lines] == [
        "not counted" if entry["default"] is None else str(entry["default"]) for entry in document["limits"]
    ]
    assert [line[3].replace(",", "") for line in lines] == [
        str(entry["ceiling"]) for entry in document["limits"]
    ]


def test_codes_and_settings_of_limits_exist() -> None:
    codes = {problem.code for table in (PROBLEMS, SHARED_PROBLEMS) for problem in table.values()}
    rows = limit_rows(PlatformLimits())

    named = {name for row in rows for name in row.text.setting.split(", ") if name}

    assert {row.text.code for row in rows if row.text.code} - codes == set()
    assert {name.lower() for name in named} - set(RunnerProxySettings.model_fields) == set()


def test_default_settings_are_the_figures_of_the_page() -> None:
    fields = RunnerProxySettings.model_fields

    defaults = {row.text.name: row.default for row in limit_rows(PlatformLimits())}

    assert defaults["timeout_ms"] == fields["default_timeout_ms"].default
    assert defaults["cpu_ms"] == fields["default_cpu_ms"].default
    assert defaults["memory_bytes"] == fields["default_memory_mb"].default << 20
    for name in ("table_elements", "response_bytes", "log_bytes", "host_calls", "request_bytes"):
        assert defaults[name] == fields[f"max_{name}"].default
    for name in ("subrequests", "subrequests_at_once", "subrequest_bytes", "egress_bytes"):
        assert defaults[name] == fields[f"max_{name}"].default
    assert PlatformLimits().max_fuel == fields["max_fuel"].default


def test_fixed_limits_are_those_of_the_engine() -> None:
    fixed = {row.text.name: row.default for row in limit_rows(PlatformLimits())}

    assert fixed["stack_bytes"] == STACK_BYTES == engine.MAX_WASM_STACK_BYTES
    assert fixed["host_call_bytes"] == host_imports.ARGUMENT_BYTES


def test_wasmtime_is_installed_where_this_is_checked() -> None:
    assert importlib.util.find_spec("wasmtime") is not None
