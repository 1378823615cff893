"""What is kept of a failure nobody foresaw: enough to find the fault, nothing that opens a door."""

import os
import platform
import re
import secrets
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# API keys, and anything that came as the value of a header or variable that carries one.
_SECRETS = re.compile(
    r"annex_[A-Za-z0-9_-]{8,}|(?i:bearer)\s+\S+|(?i:(?:api[-_]?key|token|secret|password)\S*\s*[:=]\s*)\S+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
    re.DOTALL,
)


def write_report(error: BaseException, arguments: Sequence[str], folder: Path) -> Path | None:
    """Write a report only its owner can read; None when there is no place for it."""
    path = folder / f"annex-report-{secrets.token_hex(4)}.txt"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_report(error, arguments))
    except OSError:
        return None
    return path


def redacted(text: str) -> str:
    return _SECRETS.sub("[removed]", text)


def _report(error: BaseException, arguments: Sequence[str]) -> str:
    names = " ".join(
        argument.partition("=")[0] if argument.startswith("-") else "…" for argument in arguments
    )
    facts = [
        f"annex {version('annex-cli')}, Python {platform.python_version()}, {platform.platform()}",
        f"arguments, values removed: {names}",
        "",
        redacted("".join(traceback.format_exception(error))),
    ]
    return "\n".join(facts)
