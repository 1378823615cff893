"""Keep the log signed: one leader signs what is committed, everybody else follows how far it is."""

import structlog

from annex_registry.actions.sign_tree import TreeSigner
from annex_registry.domain.errors import LogSigningRefused, UnavailableError
from annex_registry.domain.ports import Fence, SignerLead, SignerLeads
from annex_registry.domain.signing_state import SignedSize, SigningState
from annex_registry.loops.relay import Pause
from annex_shared.clock import Clock
from annex_shared.transparency import NoteSigner

# Longer than publications of one moment need to follow each other, shorter than a person notices.
_GATHER_SECONDS = 0.05

log = structlog.get_logger()


async def sign_for_ever(
    leads: SignerLeads,
    signer: NoteSigner | None,
    signed: SignedSize,
    *,
    fence: Fence,
    clock: Clock,
    poll_seconds: float = 1.0,
    gather_seconds: float = _GATHER_SECONDS,
    pause: Pause | None = None,
) -> None:
    """Sign or follow; survives the loss of the database and of the fence. Without a key it only follows."""
    pause = pause or Pause()
    while True:
        try:
            async with leads.connected() as lead:
                if signer is not None:
                    tree = TreeSigner(signer, fence=fence, clock=clock)
                    await _lead(lead, tree, signed, pause, poll_seconds, gather_seconds)
                else:
                    await _follow(lead, signed, poll_seconds)
        except UnavailableError as error:
            log.warning("signer_disconnected", reason=type(error).__name__)
            if signer is not None:
                await signed.stop(SigningState.WAITING, type(error).__name__)
            await pause.rest()
        except LogSigningRefused as refusal:
            _tell(refusal)
            await signed.stop(SigningState.REFUSED, str(refusal.details.get("reason")))
            await pause.rest()


def _tell(refusal: LogSigningRefused) -> None:
    """Say it loudly, and again after each pause: only a person can decide which copy of the log is right."""
    log.error("log_signing_refused", detail=refusal.message, **dict(refusal.details))


async def _lead(
    lead: SignerLead,
    tree: TreeSigner,
    signed: SignedSize,
    pause: Pause,
    poll_seconds: float,
    gather_seconds: float,
) -> None:
    while not await lead.become_leader():
        await _follow_once(lead, signed, SigningState.FOLLOWING)
        await lead.wait(poll_seconds)
    log.info("signer_leads")
    while True:
        size = await tree.sign(lead.log)
        pause.reset()
        await signed.advance(size, SigningState.SIGNING)
        await lead.wait(poll_seconds)
        await signed.gather(gather_seconds)


async def _follow(lead: SignerLead, signed: SignedSize, poll_seconds: float) -> None:
    while True:
        await _follow_once(lead, signed, SigningState.NO_KEY)
        await lead.wait(poll_seconds)


async def _follow_once(lead: SignerLead, signed: SignedSize, state: SigningState) -> None:
    newest = await lead.log.newest_checkpoint()
    await signed.advance(-1 if newest is None else newest.size, state)
