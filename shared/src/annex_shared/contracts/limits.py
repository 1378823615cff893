"""`GET /.well-known/limits.json`: how much one call of an extension may use on this platform."""

from annex_shared.contracts.wire import Exchanged


class LimitView(Exchanged):
    """One limit. ``default`` null means that nothing is counted unless it is asked for.

    ``ceiling`` is the most a request or an operator may name for one install. ``code`` is the problem a call
    over the limit ends with; null where the call goes on. ``asked_as`` is the member of `limits` in
    `POST /v1/execute` that narrows it.
    """

    name: str
    unit: str
    default: int | None
    ceiling: int
    code: str | None
    asked_as: str | None
    meaning: str


class LimitViews(Exchanged):
    """The document; a name never changes its meaning."""

    limits: list[LimitView]
