"""Keep the log signed: one leader signs what is committed, everybody else follows how far it is."""

import structlog

from annex_registry.actions.sign_tree import TreeSigner
from annex_registry.domain.errors import LogSigningRefused, UnavailableError
from annex_registry.domain.ports import Fence, SignerLead, SignerLeads
from annex_registry.domain.signing_state import SignedSize, SigningState
from annex_registry.loops.relay import Pause
from annex_registry.loops.witness_rounds import WitnessRounds
from annex_shared.clock import Clock
from annex_shared.transparency import NoteSigner

log = structlog.get_logger()


async def sign_for_ever(
    leads: SignerLeads,
    signer: NoteSigner | None,
    signed: SignedSize,
    *,
    fence: Fence,
    rounds: WitnessRounds,
    clock: Clock,
    poll_seconds: float = 1.0,
    pause: Pause | None = None,
) -> None:
    """Sign or follow; survives the loss of the database and of the fence. Without a key it only follows."""
    pause = pause or Pause()
    while True:
        try:
            async with leads.connected() as lead:
                if signer is not None:
                    tree = TreeSigner(signer, fence=fence, clock=clock)
                    await _lead(lead, tree, rounds, signed, pause, poll_seconds)
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
    rounds: WitnessRounds,
    signed: SignedSize,
    pause: Pause,
    poll_seconds: float,
) -> None:
    while not await lead.become_leader():
        await _follow_once(lead, signed, SigningState.FOLLOWING)
        await lead.wait(poll_seconds)
    log.info("signer_leads")
    while True:
        checkpoint = await tree.sign(lead.log)
        is_shown = await rounds.gather(checkpoint)
        pause.reset()
        if is_shown:
            await signed.advance(checkpoint.size, SigningState.SIGNING)
        else:
            await signed.stop(SigningState.UNWITNESSED, f"tree of {checkpoint.size}")
        await lead.wait(poll_seconds)


async def _follow(lead: SignerLead, signed: SignedSize, poll_seconds: float) -> None:
    while True:
        await _follow_once(lead, signed, SigningState.NO_KEY)
        await lead.wait(poll_seconds)


async def _follow_once(lead: SignerLead, signed: SignedSize, state: SigningState) -> None:
    newest = await lead.log.newest_checkpoint()
    await signed.advance(-1 if newest is None else newest.size, state)
