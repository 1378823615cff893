"""`annex call`: run an endpoint of an installed extension through the gateway."""

import asyncio
import base64
import re
import sys
import time
from urllib.parse import quote

import click
from pydantic import JsonValue

from annex_cli.call_trace import SHOWN, CallTrace, trace_of
from annex_cli.credentials import Purpose
from annex_cli.errors import FileNotUsable, HandlerFailed, InvalidUsage
from annex_cli.options import global_flags
from annex_cli.platform_client import Answer, refusal_of
from annex_cli.program import begin
from annex_cli.session import Session
from annex_shared.contracts.problems import PLATFORM_PROBLEM_HEADER
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef

_FIRST_FAILURE = 400
_EXECUTION_ID = "x-annex-execution-id"
_METHOD = re.compile(r"[A-Za-z]{1,16}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What a URL may hold already; everything else people type is encoded for them.
_SAFE_IN_PATH = "/?&=%:@!$'()*+,;~-._"


@click.command("call")
@click.argument("extension")
@click.argument("method")
@click.argument("path")
@click.option("--body", metavar="FILE", help='Send this file; "-" is standard input.')
@click.option(
    "--header", "headers", metavar="'NAME: VALUE'", multiple=True, help="Send a header; repeatable."
)
@click.option(
    "--show",
    "also",
    metavar="LIST",
    help="Show besides what the call left behind: logs, host-calls, or both, separated by a comma.",
)
@global_flags
@click.pass_context
def command(
    context: click.Context,
    extension: str,
    method: str,
    path: str,
    body: str | None,
    headers: tuple[str, ...],
    also: str | None,
) -> None:
    """Call an endpoint of an installed extension: its answer goes to stdout, all else to stderr.

    \b
    annex call annex-demo/hello GET '/hello?name=Ada'
    annex call annex-demo/hello POST /echo --body note.json --header 'Content-Type: application/json'
    annex call annex-demo/hello GET /hello --show logs,host-calls

    Exit codes: 0 answered below 400, 5 no such endpoint, 11 the handler failed or answered 400 and above.
    """  # noqa: D301 - \b tells click to keep the lines
    session = begin(context)
    shows = _shows(also)
    target = f"/api/ext/{_segment(extension)}{quote(_path(path), safe=_SAFE_IN_PATH)}"
    sent = dict(_header(line) for line in headers)
    data = _body(session, body)
    if not _METHOD.fullmatch(method):
        raise InvalidUsage(f'"{method}" is not an HTTP method. Write GET, POST, PUT, PATCH or DELETE.')

    async def call() -> tuple[Answer, float]:
        async with session.platform(Purpose.USE) as client:
            started = time.monotonic()
            answer = await client.send(method.upper(), target, body=data, headers=sent)
            return answer, time.monotonic() - started

    async def call_and_look() -> tuple[Answer, float, CallTrace]:
        answer, duration_seconds = await call()
        try:
            trace = await trace_of(
                session,
                extension,
                shows,
                request_id=answer.headers.get("x-request-id"),
                execution_id=answer.headers.get(_EXECUTION_ID),
            )
        except AnnexError as error:
            # The call was made and answered; that is what matters.
            session.warn("TRACE_UNAVAILABLE", f"what it left behind cannot be shown: {error.message}")
            trace = CallTrace()
        return answer, duration_seconds, trace

    session.if_stopped = "Stopped. The call may have been sent, and what it does may be done."
    answer, duration_seconds, trace = asyncio.run(call_and_look())
    for line in trace.told(session):
        session.terminal.say(line)
    _show(session, answer, duration_seconds, trace)


def _shows(also: str | None) -> frozenset[str]:
    wanted = frozenset(word.strip() for word in (also or "").split(",") if word.strip())
    if not wanted <= SHOWN or (also is not None and not wanted):
        raise InvalidUsage(f'--show "{also}" must be {" or ".join(sorted(SHOWN))}, or both with a comma.')
    return wanted


def _show(session: Session, answer: Answer, duration_seconds: float, trace: CallTrace) -> None:
    if PLATFORM_PROBLEM_HEADER in answer.headers:
        refused = refusal_of(answer)
        refused.details |= trace.to_document()
        raise refused
    request_id = answer.headers.get("x-request-id", "none")
    execution_id = answer.headers.get(_EXECUTION_ID)
    ran = f"   execution {execution_id}" if execution_id else ""
    session.terminal.say(f"{answer.status}   {duration_seconds * 1000:.0f} ms   request {request_id}{ran}")
    failed = answer.status >= _FIRST_FAILURE
    if session.terminal.is_json:
        if failed:
            raise _handler_failed(answer, request_id, trace)
        session.show({**_facts(answer, duration_seconds, request_id), **trace.to_document()}, "")
        return
    session.terminal.result_bytes(answer.body)
    if failed:
        raise _handler_failed(answer, request_id, trace)


def _facts(answer: Answer, duration_seconds: float, request_id: str) -> dict[str, JsonValue]:
    return {
        "status": answer.status,
        "headers": {name.lower(): value for name, value in answer.headers.items()},
        **_body_facts(answer.body),
        "duration_ms": round(duration_seconds * 1000),
        "request_id": request_id,
        "execution_id": answer.headers.get(_EXECUTION_ID),
    }


def _body_facts(body: bytes) -> dict[str, JsonValue]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body_b64": base64.b64encode(body).decode("ascii")}


def _handler_failed(answer: Answer, request_id: str, trace: CallTrace) -> HandlerFailed:
    return HandlerFailed(
        f"The handler answered {answer.status}.",
        details={
            "status": answer.status,
            "request_id": request_id,
            **_body_facts(answer.body),
            **trace.to_document(),
        },
    )


def _segment(extension: str) -> str:
    """Write an extension as one URL segment; an id or a bare installed name stays as it is."""
    return ExtensionRef.parse(extension).segment if "/" in extension else quote(extension, safe="")


def _path(path: str) -> str:
    if not path.startswith("/"):
        raise InvalidUsage(f'The path "{path}" must begin with "/".')
    return path


def _header(line: str) -> tuple[str, str]:
    name, found, value = line.partition(":")
    if not found or not _TOKEN.fullmatch(name) or not value.strip().isprintable():
        raise InvalidUsage(f"A header is written 'Name: value'; got \"{name}\".")
    return name, value.strip()


def _body(session: Session, source: str | None) -> bytes:
    if source is None:
        return b""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return session.path(source).read_bytes()
    except OSError as error:
        raise FileNotUsable(f"{source} cannot be read: {error.strerror}.") from None
