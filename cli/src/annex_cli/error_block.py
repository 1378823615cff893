"""Failures as people read them: the sentence, the facts that decide, one command, code and request."""

import textwrap
from collections.abc import Sequence

from pydantic import JsonValue

from annex_cli.errors import PlatformRefused
from annex_cli.failure_codes import code_of
from annex_cli.presenting import moment
from annex_shared.content_hash import ContentHash, InvalidContentHash
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

_LABEL_WIDTH = 12
_PREFIX = "error: "
_MAX_LISTED = 10


def error_block(
    error: AnnexError,
    *,
    credential: str | None = None,
    yours: ContentHash | None = None,
    command_line: str = "annex publish",
    width: int = 100,
    prefix: str = _PREFIX,
) -> str:
    """Lay a failure out; code, request and link are always the last lines, in this order.

    ``yours`` is the content hash that was to be published, ``command_line`` what was typed; ``prefix`` may
    be the same word in colour.
    """
    head = [prefix + _sentence(error.message, width)]
    facts = [f"  {line}" for line in _facts(error, yours)]
    closing = _closing(error, credential, command_line)
    return "\n".join([*head, *([""] if facts else []), *facts, "", *closing])


def _sentence(message: str, width: int) -> str:
    lines = []
    for line in message.splitlines() or [""]:
        lines += textwrap.wrap(line, max(width - len(_PREFIX), 20), break_long_words=False) or [""]
    return ("\n" + " " * len(_PREFIX)).join(lines)


def _facts(error: AnnexError, yours: ContentHash | None) -> list[str]:
    code = code_of(error)
    if code == "VERSION_ALREADY_EXISTS":
        return _version_facts(error.details, yours)
    if code == "BUILD_FAILED":
        output = error.details.get("output")
        return [str(line) for line in output] if isinstance(output, list) else []
    listed = error.details.get("errors")
    if isinstance(listed, list) and len(listed) > 1:
        return _listed(listed)
    return []


def _version_facts(details: dict[str, JsonValue], yours: ContentHash | None) -> list[str]:
    """Show what stands there and whether it is what was sent."""
    time, content_hash = _moment(details.get("published_at")), _short_hash(details.get("content_hash"))
    is_same = details.get("same_content") is True
    difference = (
        f"({'the same content, most likely your earlier attempt' if is_same else 'different content'})"
    )
    own = f"{'sent just now':<{len(time)}}   {yours.short}   {difference}" if yours else difference
    return [_labelled("published", f"{time}   {content_hash}"), _labelled("yours", own)]


def _listed(problems: Sequence[JsonValue]) -> list[str]:
    messages = [problem.get("message") for problem in problems[:_MAX_LISTED] if isinstance(problem, dict)]
    lines = [f"{len(problems)} problems:", *(f"  {shown(str(message))}" for message in messages)]
    if len(problems) > _MAX_LISTED:
        lines.append(f"  and {len(problems) - _MAX_LISTED} more; --json lists them all")
    return lines


def _closing(error: AnnexError, credential: str | None, command_line: str) -> list[str]:
    code = code_of(error)
    lines = []
    if credential:
        lines.append(_labelled("credential", credential))
    hint = error.hint or _own_hint(code, error.details, command_line)
    if hint:
        lines.append(_labelled("hint", hint))
    lines.append(_labelled("code", code))
    if isinstance(error, PlatformRefused):
        lines.append(_labelled("request", error.document.request_id or "none"))
        # A relative type names the code only; there is no page behind it to open.
        if error.document.type.startswith(("https://", "http://")):
            lines.append(_labelled("docs", error.document.type))
    return [f"  {line}" for line in lines]


def _own_hint(code: str, details: dict[str, JsonValue], command_line: str) -> str | None:
    if code != "VERSION_ALREADY_EXISTS":
        return None
    if details.get("same_content") is True:
        return f"{command_line} --skip-existing"
    suggested = details.get("suggested_version")
    return f'set "version": "{shown(suggested)}" in manifest.json' if isinstance(suggested, str) else None


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{text}"


def _moment(value: JsonValue) -> str:
    return moment(value) if isinstance(value, str) else ""


def _short_hash(value: JsonValue) -> str:
    try:
        return ContentHash.parse(value).short if isinstance(value, str) else ""
    except InvalidContentHash:
        return ""
