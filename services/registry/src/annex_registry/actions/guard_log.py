"""Refuse to add to a log that is not, or may not be, the one that was signed before."""

import structlog

from annex_registry.domain.errors import LogNotChecked, LogSigningRefused
from annex_registry.domain.ports import TransparencyLog
from annex_registry.domain.signing_state import SignedSize

events = structlog.get_logger()

# As long as a signer needs to take over from another, with some to spare.
_WAIT_SECONDS = 5.0


async def await_log(signed: SignedSize) -> None:
    """Wait a little until the log may grow, before anything is written.

    Raises LogSigningRefused, LogNotChecked.
    """
    try:
        await signed.wait_until_it_may_grow(_WAIT_SECONDS)
    except (LogSigningRefused, LogNotChecked) as refusal:
        _tell(refusal)
        raise


async def guard_log(log: TransparencyLog, signed: SignedSize) -> None:
    """Make sure of it in the transaction of a leaf, whose database may be another than a moment ago."""
    if signed.is_guarded and not await log.is_checked():
        refusal = signed.refusal()
        _tell(refusal)
        raise refusal


def _tell(refusal: LogSigningRefused | LogNotChecked) -> None:
    events.warning("log_change_refused", reason=refusal.details.get("reason", "not checked"))
