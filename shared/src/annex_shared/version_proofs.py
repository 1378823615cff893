"""Proofs of versions, asked for when a bundle is loaded: the same care wherever one is run or shown."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import structlog
from pydantic import JsonValue

from annex_shared.content_hash import ContentHash
from annex_shared.errors import AnnexError
from annex_shared.names import ExtensionRef
from annex_shared.transparency import LogPolicy, LogProof, verify_version_proof
from annex_shared.transparency.errors import TransparencyError
from annex_shared.version_number import VersionNumber

_MAX_REMEMBERED: Final = 100_000
_READS_AT_ONCE: Final = 16
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 1.0
# What was doubted is not asked about again for so long: a refusal is cheap, and a late proof is soon seen.
_DOUBT_SECONDS: Final = 5.0
# Where a doubt only makes a log line, one a minute for each version says enough.
_WARNED_SECONDS: Final = 60.0

log = structlog.get_logger()


class LogVerify(StrEnum):
    """What happens to a bundle whose publication is not proven: it is refused, told of, or not looked at."""

    REQUIRE = "require"
    WARN = "warn"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """What is about to be run or shown, as the registry's rows say; the log has to say the same."""

    extension: ExtensionRef
    version: VersionNumber
    content_hash: ContentHash

    def __str__(self) -> str:
        return f"{self.extension} {self.version}"


@dataclass(frozen=True, slots=True)
class ProofMissing:
    """The registry gives no proof: not yet, or never, for a version that has no entry in the log."""

    is_pending: bool


class Finding(StrEnum):
    """What was found instead of a proof, for those who count."""

    PENDING = "pending"
    NOT_LOGGED = "not_logged"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a version is not loaded; ``is_pending``: its proof may come any moment."""

    message: str
    is_pending: bool = False
    details: dict[str, JsonValue] = field(default_factory=dict)

    @property
    def finding(self) -> Finding:
        if self.is_pending:
            return Finding.PENDING
        is_absent = self.details.get("reason") == Finding.NOT_LOGGED.value
        return Finding.NOT_LOGGED if is_absent else Finding.CONTRADICTED


# Raises an AnnexError of the service's own when the registry cannot be asked.
ReadProof = Callable[[LoadedVersion], Awaitable[bytes | ProofMissing]]


async def _never_asked(_loaded: LoadedVersion) -> ProofMissing:
    return ProofMissing(is_pending=False)


class VersionProofs:
    """What was proven stays proven: a bundle's hash and the log's past never change.

    ``policy`` None stands for LOG_VERIFY=off.
    """

    def __init__(
        self,
        mode: LogVerify,
        policy: LogPolicy | None,
        read: ReadProof,
        *,
        wait_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.mode = mode if policy is not None else LogVerify.OFF
        self._policy = policy
        self._read = read
        self._wait_seconds = wait_seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._reading = asyncio.Semaphore(_READS_AT_ONCE)
        self._proven: OrderedDict[LoadedVersion, None] = OrderedDict()
        self._proven_bundles: set[ContentHash] = set()
        self._doubted: OrderedDict[LoadedVersion, tuple[Doubt, float]] = OrderedDict()
        self._checking: dict[LoadedVersion, asyncio.Task[Doubt | None]] = {}
        self.findings: Counter[Finding] = Counter()

    @classmethod
    def off(cls) -> "VersionProofs":
        return cls(LogVerify.OFF, None, _never_asked, wait_seconds=0)

    async def doubt(self, loaded: LoadedVersion) -> Doubt | None:
        """Say why the version must not be loaded; None if it may.

        Under ``warn`` it always may, nothing is waited for, and what is found is told in the log. Raises what
        reading a proof raises, under ``require`` alone. However many ask, the proof is read once.
        """
        if self.mode is LogVerify.OFF or loaded in self._proven:
            return None
        doubted = self._doubted.get(loaded)
        is_fresh = doubted is not None and self._monotonic() < doubted[1]
        if self.mode is LogVerify.WARN:
            if not is_fresh:
                self._task(loaded)
            return None
        if doubted is not None and is_fresh:
            return doubted[0]
        return await asyncio.shield(self._task(loaded))

    def holds(self, loaded: LoadedVersion) -> bool:
        """Tell whether this very version was proven before."""
        return loaded in self._proven

    def is_proven(self, content_hash: ContentHash) -> bool:
        """Tell whether some version with these bytes was proven, or none has to be."""
        return self.mode is LogVerify.OFF or content_hash in self._proven_bundles

    def says(self) -> str:
        """Write for operators."""
        if self.mode is LogVerify.OFF:
            return "off"
        return f"{self.mode}, {len(self._proven)} proven, {self.findings.total()} not proven"

    async def close(self) -> None:
        tasks = list(self._checking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _task(self, loaded: LoadedVersion) -> "asyncio.Task[Doubt | None]":
        task = self._checking.get(loaded)
        if task is None:
            task = asyncio.create_task(self._checked(loaded), name=f"prove {loaded}")
            self._checking[loaded] = task
            task.add_done_callback(lambda done: self._finished(loaded, done))
        return task

    def _finished(self, loaded: LoadedVersion, task: "asyncio.Task[Doubt | None]") -> None:
        self._checking.pop(loaded, None)
        if not task.cancelled():
            task.exception()  # seen, also when everybody who waited has left

    async def _checked(self, loaded: LoadedVersion) -> Doubt | None:
        try:
            found = await self._found(loaded)
        except AnnexError as error:
            if self.mode is LogVerify.REQUIRE:
                raise
            found = Doubt(error.message, is_pending=True)
        if found is None:
            self._remember(loaded)
        else:
            self._note(loaded, found)
        return found

    async def _found(self, loaded: LoadedVersion) -> Doubt | None:
        """Read the proof, again for a while if it is only late, and verify it."""
        until = self._monotonic() + self._wait_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            async with self._reading:
                read = await self._read(loaded)
            if isinstance(read, bytes):
                return self._verified(loaded, read)
            if not read.is_pending:
                return Doubt(
                    f"{loaded} has no entry in the transparency log. It is not loaded.",
                    details={"reason": "not_logged"},
                )
            if self._monotonic() + pause > until:
                return Doubt(
                    f"The transparency log does not prove {loaded} yet. Try again shortly.", is_pending=True
                )
            await self._sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def _verified(self, loaded: LoadedVersion, text: bytes) -> Doubt | None:
        assert self._policy is not None  # noqa: S101 - without a policy nothing is asked
        try:
            verify_version_proof(
                LogProof.parse(text),
                self._policy,
                extension=loaded.extension,
                version=loaded.version,
                content_hash=loaded.content_hash,
            )
        except TransparencyError as error:
            return Doubt(
                f"The transparency log does not prove that {loaded} is this bundle: {error.message}",
                details={**error.details, "reason": _name_of(error)},
            )
        return None

    def _remember(self, loaded: LoadedVersion) -> None:
        self._doubted.pop(loaded, None)
        self._proven[loaded] = None
        self._proven_bundles.add(loaded.content_hash)
        while len(self._proven) > _MAX_REMEMBERED:
            forgotten, _ = self._proven.popitem(last=False)
            self._proven_bundles.discard(forgotten.content_hash)

    def _note(self, loaded: LoadedVersion, found: Doubt) -> None:
        self.findings[found.finding] += 1
        lasts = _DOUBT_SECONDS if self.mode is LogVerify.REQUIRE else _WARNED_SECONDS
        self._doubted[loaded] = (found, self._monotonic() + lasts)
        while len(self._doubted) > _MAX_REMEMBERED:
            self._doubted.popitem(last=False)
        tell = log.warning if found.is_pending else log.error
        tell(
            "version_not_proven",
            extension=str(loaded.extension),
            version=str(loaded.version),
            content_hash=str(loaded.content_hash),
            log_verify=self.mode.value,
            reason=found.message,
            is_pending=found.is_pending,
        )


def _name_of(error: TransparencyError) -> str:
    name = type(error).__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
