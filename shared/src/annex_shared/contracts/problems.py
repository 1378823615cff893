"""The problem document every service answers refusals with: RFC 9457 and our stable members."""

from pydantic import ConfigDict, Field, JsonValue

from annex_shared.contracts.wire import Exchanged

PROBLEM_JSON = "application/problem+json"
# Guest answers never carry this header (the gateway strips it), so only the platform can say it.
PLATFORM_PROBLEM_HEADER = "x-annex-problem"


class ProblemDocument(Exchanged):
    """``code`` has one meaning for ever; ``message`` equals ``detail``; ``request_id`` finds the log line."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    message: str
    request_id: str
    retryable: bool = False
    hint: str | None = None
    details: dict[str, JsonValue] = Field(default_factory=dict)
