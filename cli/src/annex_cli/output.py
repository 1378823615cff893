"""The one JSON document of a run, schema `annex.cli/1`: fields are only ever added to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from annex_cli.errors import PlatformRefused
from annex_cli.exit_codes import ExitCode, exit_code_of
from annex_cli.failure_codes import code_of
from annex_shared.errors import AnnexError

SCHEMA = "annex.cli/1"
_REPEATABLE = frozenset({ExitCode.UNAVAILABLE, ExitCode.OUTCOME_UNKNOWN})


@dataclass(frozen=True, slots=True)
class Warned:
    """Something worth knowing that did not stop the command."""

    code: str
    message: str

    def to_document(self) -> dict[str, JsonValue]:
        return {"code": self.code, "message": self.message}


def success_document(command: str, data: Mapping[str, JsonValue], warnings: Sequence[Warned]) -> str:
    return _written(
        {
            "schema": SCHEMA,
            "command": command,
            "ok": True,
            "data": dict(data),
            "warnings": [warned.to_document() for warned in warnings],
        }
    )


def failure_document(
    command: str | None,
    error: AnnexError,
    warnings: Sequence[Warned] = (),
    *,
    data: Mapping[str, JsonValue] | None = None,
    credential: str | None = None,
) -> str:
    """Write a failure; the message is the platform's own where the platform refused."""
    facts: dict[str, JsonValue] = {"code": code_of(error), "message": error.message}
    if error.hint:
        facts["hint"] = error.hint
    if isinstance(error, PlatformRefused):
        document = error.document
        facts |= {
            "docs": document.type,
            "request_id": document.request_id,
            "http_status": document.status,
        }
    facts["retryable"] = is_repeatable(error)
    facts["details"] = error.details
    if credential is not None:
        facts["credential"] = credential
    whole: dict[str, JsonValue] = {"schema": SCHEMA, "command": command, "ok": False, "error": facts}
    if data is not None:
        whole["data"] = dict(data)
    return _written(whole | {"warnings": [warned.to_document() for warned in warnings]})


def stopped_document(command: str | None, code: str, message: str) -> str:
    """Write what ended a run that no named error ended: a signal, or a fault of annex itself."""
    facts: dict[str, JsonValue] = {"code": code, "message": message, "retryable": False, "details": {}}
    return _written({"schema": SCHEMA, "command": command, "ok": False, "error": facts, "warnings": []})


def is_repeatable(error: AnnexError) -> bool:
    """Whether running the same command again makes sense."""
    if isinstance(error, PlatformRefused) and error.document.retryable:
        return True
    return exit_code_of(error) in _REPEATABLE


def _written(document: Mapping[str, JsonValue]) -> str:
    return json.dumps(document, ensure_ascii=False)
