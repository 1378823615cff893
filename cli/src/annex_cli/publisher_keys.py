"""The keys that sign for a publisher: what is sent of them, and how they are shown."""

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from annex_cli.errors import ConsentRequired, InvalidUsage, OutcomeUnknown, PlatformUnreachable
from annex_cli.presenting import moment
from annex_cli.session import Session
from annex_cli.signing import read_key_file
from annex_cli.table import text_table
from annex_shared.contracts.publish import AddPublisherKey, PublisherKeyView
from annex_shared.display_text import shown
from annex_shared.signing import SigningKey, VerifyingKey

_PRIVATE = b"PRIVATE KEY"
Answered = TypeVar("Answered")


def read_public_key(path: Path) -> VerifyingKey:
    """Read a public key, or the public half of a private one: nothing else of it leaves this machine.

    Raises FileNotUsable, KeyMalformed, UnsupportedKey.
    """
    pem = read_key_file(path)
    return SigningKey.load(pem).public if _PRIVATE in pem else VerifyingKey.load(pem)


def key_to_add(path: Path, valid_from: str | None, valid_until: str | None) -> AddPublisherKey:
    """Build the request. Raises InvalidUsage for what is no time, and what ``read_public_key`` raises."""
    public = read_public_key(path)
    window = {"valid_from": valid_from, "valid_until": valid_until}
    try:
        return AddPublisherKey.model_validate(
            {
                "public_key_pem": public.to_pem().decode(),
                **{name: time for name, time in window.items() if time is not None},
            }
        )
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0]).replace("_", "-")
        raise InvalidUsage(f"--{name} is no time: write it like 2027-01-31T00:00:00Z.") from None


def key_table(keys: Sequence[PublisherKeyView], *, width: int) -> str:
    """Lay out keys as a table; a column that is empty in every row is left out."""
    columns = {
        "KEY": [shown(key.key_id) for key in keys],
        "ADDED": [moment(key.added_at) for key in keys],
        "VALID FROM": [moment(key.valid_from) if key.valid_from else "" for key in keys],
        "VALID UNTIL": [moment(key.valid_until) if key.valid_until else "" for key in keys],
        "LOG ENTRY": ["" if key.log_index is None else str(key.log_index) for key in keys],
    }
    columns = {name: cells for name, cells in columns.items() if any(cells)}
    return text_table(tuple(columns), list(zip(*columns.values(), strict=True)), width=width)


def agree(session: Session, sentence: str, question: str, hint: str) -> None:
    """Say what cannot be taken back. Raises ConsentRequired unless somebody said yes."""
    if session.settings.is_confirmed:
        session.terminal.say(sentence)
        return
    if not session.terminal.is_interactive:
        raise ConsentRequired(f"{sentence} Nobody is here to agree.", hint=hint)
    session.terminal.fail(sentence)
    if not session.terminal.ask(question):
        raise ConsentRequired("Not agreed to. Nothing was changed.", hint=hint)


async def settled(call: Awaitable[Answered], publisher: str) -> Answered:
    """Await a change. Raises OutcomeUnknown when it was sent and no answer came."""
    try:
        return await call
    except PlatformUnreachable as lost:
        if not lost.is_sent:
            raise
        raise OutcomeUnknown(
            f"The change of {publisher}'s keys was sent and may be made. {lost.message}",
            hint=f"`annex keys list {publisher}` shows what is true.",
            details={"publisher": publisher},
        ) from None
