"""How far the log is signed and whether it may grow, as every request of this process sees it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

from annex_registry.domain.errors import LogNotChecked, LogSigningRefused


class SigningState(StrEnum):
    """What /readyz tells; only ``signing`` and ``following`` promise a proof soon."""

    STARTING = "starting"
    # No key: leaves are appended and nothing is signed.
    NO_KEY = "no key"
    SIGNING = "signing"
    # Another replica signs.
    FOLLOWING = "following"
    # The database or the fence did not answer; it is tried again.
    WAITING = "waiting"
    # Signed, and not shown: the policy asks for more cosignatures than there are yet.
    UNWITNESSED = "waiting for witnesses"
    # The log is not the one that was signed before. A person has to look.
    REFUSED = "refused"


class SignedSize:
    """Publishers wait here until the log may grow, and until a checkpoint covers their leaf.

    The signer's loop moves it forward. What is known here lags behind the database, which has the last word
    in the transaction of each leaf; see ``TransparencyLog.is_checked``.
    """

    def __init__(self, *, has_key: bool) -> None:
        self._size = -1
        self._has_key = has_key
        self._is_checked = False
        self._state = SigningState.STARTING if has_key else SigningState.NO_KEY
        self._reason = ""
        self._moved = asyncio.Condition()
        self._approaching = 0
        self._none_approaching = asyncio.Event()

    @property
    def state(self) -> SigningState:
        return self._state

    @property
    def size(self) -> int:
        return self._size

    def says(self) -> str:
        """Write the state for operators."""
        reason = f": {self._reason}" if self._reason else ""
        size = f", signed up to {self._size}" if self._size >= 0 else ""
        return f"{self._state}{reason}{size}"

    @contextmanager
    def approaching(self) -> Iterator[None]:
        """Announce a publication that is about to commit its leaf, for the length of the block."""
        self._approaching += 1
        try:
            yield
        finally:
            self._approaching -= 1
            if not self._approaching:
                self._none_approaching.set()

    async def gather(self, most_seconds: float) -> None:
        """Wait until no announced publication is under way, at most so long: one signature is for all."""
        self._none_approaching.clear()
        if not self._approaching:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(most_seconds):
                await self._none_approaching.wait()

    async def advance(self, size: int, state: SigningState) -> None:
        async with self._moved:
            self._size, self._state, self._reason = max(self._size, size), state, ""
            self._is_checked = True
            self._moved.notify_all()

    async def hold(self, state: SigningState, reason: str) -> None:
        """Say that no larger tree is shown for now, and that the log may grow."""
        async with self._moved:
            self._state, self._reason, self._is_checked = state, reason, True
            self._moved.notify_all()

    async def stop(self, state: SigningState, reason: str) -> None:
        """Say that nothing is signed now and that the log may not grow, to those who wait as well."""
        async with self._moved:
            self._state, self._reason, self._is_checked = state, reason, False
            self._moved.notify_all()

    async def miss_check(self) -> None:
        """Say that nobody vouches for the log; why it was refused, if it was, stays known."""
        if self._state is not SigningState.REFUSED:
            await self.stop(SigningState.WAITING, "not checked")

    async def wait_until_it_may_grow(self, timeout_seconds: float) -> None:
        """Return when a signer has compared the log with the fence. Raises LogSigningRefused, LogNotChecked.

        Without a key nothing was ever signed, so there is nothing to compare with.
        """
        if not self._has_key:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self._moved:
                await self._moved.wait_for(lambda: self._is_checked or self._state is SigningState.REFUSED)
        if not self._is_checked:
            raise self.refusal()

    def refusal(self) -> LogSigningRefused | LogNotChecked:
        """Explain why the log may not grow now."""
        if self._state is SigningState.REFUSED:
            return LogSigningRefused(
                "The transparency log of this registry is not the one it signed before: its database is an "
                "older copy or a fork. Nothing is published and nothing changed until the operator has "
                "restored the right one.",
                details={"reason": self._reason},
            )
        return LogNotChecked(
            "The registry has not compared its transparency log with what was signed before yet, so nothing "
            "was changed. Send the same request again in a moment.",
            retry_after_seconds=1,
        )

    @property
    def is_guarded(self) -> bool:
        """Whether leaves need a check: with a key there may be a signed log to contradict."""
        return self._has_key

    async def wait_over(self, index: int, timeout_seconds: float) -> bool:
        """Wait until the leaf at ``index`` is signed, at most so long, and tell whether it is."""
        if self._size <= index and self._state not in (SigningState.NO_KEY, SigningState.REFUSED):
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds), self._moved:
                    await self._moved.wait_for(
                        lambda: self._size > index or self._state is SigningState.REFUSED
                    )
        return self._size > index
