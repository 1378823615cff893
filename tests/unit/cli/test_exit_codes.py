import importlib
import re
from http import HTTPStatus
from pathlib import Path

import pytest

import annex_cli.errors
from annex_cli.errors import PlatformRefused
from annex_cli.exit_codes import EXIT_CODES, ExitCode, exit_code_of, exit_code_of_status
from annex_cli.failure_codes import code_of
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.errors import AnnexError
from annex_shared.http.problems import SHARED_PROBLEMS

DOCS = Path(__file__).resolve().parents[3] / "docs" / "cli.md"
SERVICES = ("annex_registry", "annex_gateway", "annex_runner_proxy", "annex_ui_host")
# What the shared middleware says itself, beside its table.
FROM_THE_MIDDLEWARE = {"ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED", "INTERNAL"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_code_a_service_can_answer_is_mapped(service: str) -> None:
    table = importlib.import_module(f"{service}.api.problems").PROBLEMS

    codes = {problem.code for problem in table.values()}

    assert codes
    assert codes - set(EXIT_CODES) == set()


def test_every_shared_code_is_mapped() -> None:
    codes = {problem.code for problem in SHARED_PROBLEMS.values()} | FROM_THE_MIDDLEWARE

    assert codes - set(EXIT_CODES) == set()


def test_every_own_error_is_mapped() -> None:
    own = [
        kind
        for kind in vars(annex_cli.errors).values()
        if isinstance(kind, type)
        and issubclass(kind, AnnexError)
        and kind not in (AnnexError, PlatformRefused)
    ]
    codes = {re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).upper() for kind in own}

    assert len(codes) > 10
    assert codes - set(EXIT_CODES) == set()


def test_only_conflicts_are_permanent_and_busy_is_not_one() -> None:
    assert EXIT_CODES["VERSION_ALREADY_EXISTS"] is ExitCode.CONFLICT
    assert EXIT_CODES["REGISTRY_BUSY"] is ExitCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (HTTPStatus.IM_A_TEAPOT, ExitCode.INVALID_INPUT),
        (HTTPStatus.UNAUTHORIZED, ExitCode.AUTH),
        (HTTPStatus.FORBIDDEN, ExitCode.AUTH),
        (HTTPStatus.GONE, ExitCode.NOT_FOUND),
        (HTTPStatus.CONFLICT, ExitCode.CONFLICT),
        (HTTPStatus.TOO_MANY_REQUESTS, ExitCode.REFUSED),
        (HTTPStatus.INTERNAL_SERVER_ERROR, ExitCode.UNAVAILABLE),
        (599, ExitCode.UNAVAILABLE),
    ],
)
def test_unknown_code_is_judged_by_its_status(status: int, code: ExitCode) -> None:
    assert exit_code_of_status(status) is code


def test_code_of_a_younger_platform_is_kept_and_judged_by_its_status() -> None:
    document = ProblemDocument(
        type="/errors/new",
        title="New",
        status=409,
        detail="New.",
        instance="/",
        code="SOMETHING_NEW",
        message="New.",
        request_id="r",
    )

    refused = PlatformRefused(document)

    assert (code_of(refused), exit_code_of(refused)) == ("SOMETHING_NEW", ExitCode.CONFLICT)


def test_documented_table_is_the_table() -> None:
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)

    assert {int(number): name for number, name in rows} == {
        code.value: code.name.lower().replace("_", " ") for code in ExitCode
    }


def test_documented_codes_are_the_codes() -> None:
    text = DOCS.read_text(encoding="utf-8").partition("## Codes and their exit codes")[2]
    documented = {
        code: int(number)
        for number, codes in re.findall(r"^- \*\*(\d+)\*\*: (.+)$", text, re.MULTILINE)
        for code in re.findall(r"`([A-Z_]+)`", codes)
    }

    assert documented == {code: exit_code.value for code, exit_code in EXIT_CODES.items()}
