"""Failures as people read them: the sentence, the facts that decide, one command, code and request."""

import textwrap
from collections.abc import Sequence

from pydantic import JsonValue

from annex_cli.errors import PlatformRefused, PlatformUnreachable
from annex_cli.failure_codes import code_of
from annex_cli.presenting import moment
from annex_cli.problem_pages import is_explained
from annex_shared.content_hash import ContentHash, InvalidContentHash
from annex_shared.display_text import shown
from annex_shared.errors import AnnexError

_LABEL_WIDTH = 12
_PREFIX = "error: "
_MAX_LISTED = 10
_OPERATOR = "an operator of the platform"
_GIVERS = {
    "PERMISSION_DENIED": "an administrator of the tenant, with a key that holds it",
    "PUBLISHER_MEMBERSHIP_REQUIRED": "an owner of the publisher",
    "APP_DOMAIN_NOT_YOURS": _OPERATOR,
}


def error_block(
    error: AnnexError,
    *,
    credential: str | None = None,
    yours: ContentHash | None = None,
    command_line: str = "annex publish",
    width: int = 100,
    prefix: str = _PREFIX,
) -> str:
    """Lay a failure out; hint, code, request and docs are always the last lines, in this order.

    ``yours`` is the content hash that was to be published, ``command_line`` what was typed; ``prefix`` may
    be the same word in colour.
    """
    head = [prefix + _sentence(error.message, width)]
    facts = [f"  {line}" for line in _facts(error, yours)]
    if credential:
        facts.append(f"  {_labelled('credential', credential)}")
    closing = _closing(error, command_line)
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
    if isinstance(error, PlatformUnreachable):
        return _network_facts(error.details)
    if code in _GIVERS:
        return _permission_facts(code, error.details)
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


def _network_facts(details: dict[str, JsonValue]) -> list[str]:
    """Name host, phase and proxy: the three that tell whom to ask."""
    told = [(name, details.get(name)) for name in ("host", "phase")]
    lines = [_labelled(name, shown(str(value))) for name, value in told if value]
    proxy = details.get("proxy")
    return [*lines, _labelled("proxy", shown(str(proxy)) if proxy else "none")]


def _permission_facts(code: str, details: dict[str, JsonValue]) -> list[str]:
    """Name what is missing and who can give it."""
    listed = details.get("permissions") or details.get("permission")
    needed = [shown(str(one)) for one in (listed if isinstance(listed, list) else [listed]) if one]
    giver = _OPERATOR if needed == ["platform:admin"] else _GIVERS[code]
    return [*([_labelled("needs", " or ".join(needed))] if needed else []), _labelled("given by", giver)]


def _listed(problems: Sequence[JsonValue]) -> list[str]:
    messages = [problem.get("message") for problem in problems[:_MAX_LISTED] if isinstance(problem, dict)]
    lines = [f"{len(problems)} problems:", *(f"  {shown(str(message))}" for message in messages)]
    if len(problems) > _MAX_LISTED:
        lines.append(f"  and {len(problems) - _MAX_LISTED} more; --json lists them all")
    return lines


def _closing(error: AnnexError, command_line: str) -> list[str]:
    code = code_of(error)
    lines = []
    hint = error.hint or _own_hint(code, error.details, command_line)
    if hint:
        lines.append(_labelled("hint", hint))
    lines.append(_labelled("code", code))
    if isinstance(error, PlatformRefused):
        lines.append(_labelled("request", error.document.request_id or "none"))
    docs = docs_of(error)
    if docs:
        lines.append(_labelled("docs", docs))
    return [f"  {line}" for line in lines]


def docs_of(error: AnnexError) -> str | None:
    """Name the page about an error: the platform's own address, else the one that annex brings along."""
    if isinstance(error, PlatformRefused) and error.document.type.startswith(("https://", "http://")):
        return error.document.type
    code = code_of(error)
    return f"annex explain {code}" if is_explained(code) else None


def _own_hint(code: str, details: dict[str, JsonValue], command_line: str) -> str | None:
    if code != "VERSION_ALREADY_EXISTS":
        return None
    if details.get("same_content") is True:
        return f"{command_line} --skip-existing"
    suggested = details.get("suggested_version")
    return f"annex version {shown(suggested)} && annex publish" if isinstance(suggested, str) else None


def _labelled(label: str, text: str) -> str:
    return f"{label:<{_LABEL_WIDTH}}{text}"


def _moment(value: JsonValue) -> str:
    return moment(value) if isinstance(value, str) else ""


def _short_hash(value: JsonValue) -> str:
    try:
        return ContentHash.parse(value).short if isinstance(value, str) else ""
    except InvalidContentHash:
        return ""
