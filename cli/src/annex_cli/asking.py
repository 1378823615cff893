"""Ask before what cannot simply be taken back; --yes answers, and nobody there is a no."""

from annex_cli.errors import ConsentRequired
from annex_cli.session import Session


def require_yes(session: Session, question: str, *, hint: str) -> None:
    """Raise ConsentRequired unless somebody says yes; ``hint`` is the command that does it unasked."""
    if session.settings.is_confirmed:
        return
    if not session.terminal.is_interactive:
        raise ConsentRequired(f"{question} Nobody is here to agree.", hint=hint)
    if not session.terminal.ask(question):
        raise ConsentRequired("Not agreed to. Nothing was changed.", hint=hint)
