"""How far the log is signed, as every request of this process sees it, and why it is not signed further."""

import asyncio
from contextlib import suppress
from enum import StrEnum


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
    """Publishers wait here until a checkpoint covers their leaf; the signer's loop moves it forward."""

    def __init__(self, *, has_key: bool) -> None:
        self._size = -1
        self._state = SigningState.STARTING if has_key else SigningState.NO_KEY
        self._reason = ""
        self._moved = asyncio.Condition()

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

    async def advance(self, size: int, state: SigningState) -> None:
        async with self._moved:
            self._size, self._state, self._reason = max(self._size, size), state, ""
            self._moved.notify_all()

    async def stop(self, state: SigningState, reason: str) -> None:
        """Say that nothing is signed now, to those who wait as well."""
        async with self._moved:
            self._state, self._reason = state, reason
            self._moved.notify_all()

    async def wait_over(self, index: int, timeout_seconds: float) -> bool:
        """Wait until the leaf at ``index`` is signed, at most so long, and tell whether it is."""
        if self._size <= index and self._state not in (SigningState.NO_KEY, SigningState.REFUSED):
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds), self._moved:
                    await self._moved.wait_for(
                        lambda: self._size > index or self._state is SigningState.REFUSED
                    )
        return self._size > index
