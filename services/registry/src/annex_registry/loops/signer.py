"""Keep the log signed: one leader signs what is committed, everybody else follows how far it is."""

import structlog

from annex_registry.actions.sign_tree import TreeSigner
from annex_registry.domain.errors import BundleStoreUnavailable, LogSigningRefused, UnavailableError
from annex_registry.domain.ports import Fence, SignerLead, SignerLeads
from annex_registry.domain.signing_state import SignedSize, SigningState
from annex_registry.loops.relay import Pause
from annex_registry.loops.witness_rounds import WitnessRounds
from annex_shared.clock import Clock
from annex_shared.transparency import NoteSigner

# Longer than publications of one moment need to follow each other, shorter than a person notices.
_GATHER_SECONDS = 0.05

log = structlog.get_logger()

_NO_FENCE = BundleStoreUnavailable.__name__


async def sign_for_ever(
    leads: SignerLeads,
    signer: NoteSigner | None,
    signed: SignedSize,
    *,
    fence: Fence,
    rounds: WitnessRounds,
    clock: Clock,
    poll_seconds: float = 1.0,
    gather_seconds: float = _GATHER_SECONDS,
) -> None:
    """Sign or follow; survives the loss of the database and of the fence. Without a key it only follows."""
    pause = Pause()
    while True:
        try:
            async with leads.connected() as lead:
                if signer is not None:
                    tree = TreeSigner(signer, fence=fence, clock=clock)
                    await _lead(lead, tree, rounds, signed, pause, poll_seconds, gather_seconds)
                else:
                    await _follow(lead, signed, poll_seconds)
        except LogSigningRefused as refusal:
            _tell(refusal)
            await signed.stop(SigningState.REFUSED, str(refusal.details.get("reason")))
            await pause.rest()
        except UnavailableError as error:
            log.warning("signer_disconnected", reason=type(error).__name__)
            if signer is not None:
                await signed.stop(SigningState.WAITING, type(error).__name__)
            await pause.rest()


async def may_backfill(leads: SignerLeads, signer: NoteSigner | None, *, fence: Fence, clock: Clock) -> bool:
    """Tell whether the log is the one that was signed before, so that a start may add to it."""
    if signer is None:
        return True
    try:
        async with leads.connected() as lead:
            await TreeSigner(signer, fence=fence, clock=clock).check(lead.log)
    except LogSigningRefused as refusal:
        _tell(refusal)
        return False
    except UnavailableError as error:
        log.warning("log_not_checked_at_start", reason=type(error).__name__)
        return False
    return True


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
    gather_seconds: float,
) -> None:
    while not await lead.become_leader():
        if await lead.log.is_checked():
            await _follow_once(lead, signed, SigningState.FOLLOWING)
        else:
            await signed.miss_check()
        await lead.wait(poll_seconds)
    log.info("signer_leads")
    is_checked = False
    while True:
        try:
            checkpoint = await tree.sign(lead.log)
        except BundleStoreUnavailable as error:
            # The lead and what was compared are kept: this database goes on being the one that was signed.
            log.warning("signer_lacks_fence", reason=error.message)
            if is_checked:
                await signed.hold(SigningState.WAITING, _NO_FENCE)
            else:
                await signed.stop(SigningState.WAITING, _NO_FENCE)
            await pause.rest()
            continue
        pause.reset()
        if not is_checked:
            await lead.declare_checked()
            is_checked = True
            # Publishing never waits for witnesses.
            await signed.hold(SigningState.SIGNING, "")
        if await rounds.gather(checkpoint):
            await signed.advance(checkpoint.size, SigningState.SIGNING)
        else:
            await signed.hold(SigningState.UNWITNESSED, f"tree of {checkpoint.size}")
        await lead.wait(poll_seconds)
        await signed.gather(gather_seconds)


async def _follow(lead: SignerLead, signed: SignedSize, poll_seconds: float) -> None:
    while True:
        await _follow_once(lead, signed, SigningState.NO_KEY)
        await lead.wait(poll_seconds)


async def _follow_once(lead: SignerLead, signed: SignedSize, state: SigningState) -> None:
    newest = await lead.log.newest_checkpoint()
    await signed.advance(-1 if newest is None else newest.size, state)
