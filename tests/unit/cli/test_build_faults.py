import pytest

from annex_cli.build_faults import first_fault, missing_package, missing_tool

ESBUILD = """> build
> node build.mjs

✘ [ERROR] Expected ";" but found "const"

    src/main.js:3:14:
      3 │ const a = 1 const b
        ╵             ~~~~~
Error: Build failed with 1 error:
    at failureErrorWithLog (/p/node_modules/esbuild/lib/main.js:1477:15)
"""
TYPESCRIPT = "src/notes.ts(41,7): error TS2532: Object is possibly 'undefined'.\n"
PYTHON = """Traceback (most recent call last):
  File "app.py", line 7
    def x(
SyntaxError: '(' was never closed
"""
RUST = "error[E0425]: cannot find value `amount` in this scope\n --> src/lib.rs:12:9\n"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        pytest.param(ESBUILD, 'src/main.js:3:14: Expected ";" but found "const"', id="esbuild"),
        pytest.param(TYPESCRIPT, "src/notes.ts:41:7: TS2532: Object is possibly 'undefined'.", id="tsc"),
        pytest.param(RUST, "src/lib.rs:12:9: cannot find value `amount` in this scope", id="rustc"),
        pytest.param(PYTHON, "app.py:7: SyntaxError: '(' was never closed", id="python"),
    ],
)
def test_the_first_place_in_the_projects_sources_comes_with_what_is_wrong_there(
    output: str, told: str
) -> None:
    assert str(first_fault(output.splitlines())) == told


def test_places_in_other_peoples_code_are_passed_over() -> None:
    lines = ["    at run (/p/node_modules/x/index.js:1:2)", "    at node:internal/main.js:9:1"]

    assert first_fault(lines) is None


def test_what_a_tool_prints_cannot_break_a_line() -> None:
    fault = first_fault(["src/a.js:1:1: error: \x1b[31mred\u202e text"])

    assert str(fault) == "src/a.js:1:1: [31mred text"


@pytest.mark.parametrize("line", ["sh: 1: tsc: not found", "sh: line 1: tsc: command not found"])
def test_a_program_that_the_shell_did_not_find_is_named(line: str) -> None:
    assert missing_tool(f"> build\n{line}\n") == "tsc"


def test_a_package_that_node_did_not_find_is_named() -> None:
    assert missing_package("Error: Cannot find package 'esbuild' imported") == "esbuild"
    assert missing_package("Cannot find module './local.js'") is None
