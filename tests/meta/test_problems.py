"""Every named refusal has exactly one row, and one name in its three spellings."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from annex_shared.errors import AnnexError
from annex_shared.http.problems import SHARED_PROBLEMS, problem_of

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ["annex_registry", "annex_gateway", "annex_runner_proxy", "annex_ui_host", "annex_witness"]


# A blocked version is gone where it is asked for, and forbidden where it would be run.
TWO_STATUSES = {"VERSION_BLOCKED"}


def _table(package: str) -> dict[type[Exception], object]:
    return dict(importlib.import_module(f"{package}.api.problems").PROBLEMS)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_error_of_a_domain_has_a_row(package: str) -> None:
    errors = importlib.import_module(f"{package}.domain.errors")
    facts = [
        kind
        for kind in vars(errors).values()
        if inspect.isclass(kind) and issubclass(kind, AnnexError) and not kind.__name__.endswith("Error")
    ]

    missing = [kind.__name__ for kind in facts if problem_of(kind("x"), _table(package)) is None]  # type: ignore[arg-type]

    assert facts
    assert missing == []


@pytest.mark.parametrize("package", [*PACKAGES, "annex_shared"])
def test_class_code_and_type_are_one_name(package: str) -> None:
    table = SHARED_PROBLEMS if package == "annex_shared" else _table(package)
    wrong = []
    for kind, problem in table.items():
        words = re.findall(r"[A-Z][a-z0-9]*|[A-Z]+(?=[A-Z]|$)", kind.__name__)
        if problem.slug != "-".join(words).lower():  # type: ignore[attr-defined]
            wrong.append((kind.__name__, problem.slug))  # type: ignore[attr-defined]

    assert wrong == []


def test_one_code_has_one_status_and_title_everywhere() -> None:
    seen: dict[str, tuple[int, str]] = {}
    clashes = []
    for table in (SHARED_PROBLEMS, *(_table(package) for package in PACKAGES)):
        for problem in table.values():
            meaning = (int(problem.status), problem.title)  # type: ignore[attr-defined]
            if problem.code in TWO_STATUSES:  # type: ignore[attr-defined]
                continue
            if seen.setdefault(problem.code, meaning) != meaning:  # type: ignore[attr-defined]
                clashes.append(problem.code)  # type: ignore[attr-defined]

    assert clashes == []
