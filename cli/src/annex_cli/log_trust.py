"""Whom a verification trusts: one log, and as many of its witnesses as a policy asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from annex_cli.claims import Claim, Status
from annex_cli.errors import FileNotUsable, InvalidUsage
from annex_cli.log_memory import LogMemory, SeenCheckpoint
from annex_shared.transparency import LogPolicy, NoteVerifier, parse_policy
from annex_shared.transparency.errors import NoteKeyMalformed, PolicyMalformed, TransparencyError

_CLAIM: Final = "witnessed"
_MAX_POLICY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class LogTrust:
    """``policy`` accepts the log of ``memory`` alone, and may ask for cosignatures."""

    memory: LogMemory
    policy: LogPolicy

    @classmethod
    def of(cls, folder: Path, vkey: str | None, policy_file: Path | None) -> "LogTrust":
        """Raise InvalidUsage where it is not plain which log is trusted, and FileNotUsable."""
        if policy_file is None:
            if vkey is None:
                raise InvalidUsage(
                    "It is not known which key signs the log.",
                    hint="Add --log-vkey KEY, or set ANNEX_LOG_VKEY. The platform's operator knows the key.",
                )
            log = _key(vkey)
            return cls(LogMemory(folder, log), LogPolicy.of(log))
        policy = _read_policy(policy_file)
        log = _log_of(policy, vkey)
        logs = tuple(each for each in policy.logs if each.verifier == log)
        return cls(LogMemory(folder, log), replace(policy, logs=logs))

    def check_witnesses(self, seen: Sequence[SeenCheckpoint], *, subject: str) -> tuple[Claim, ...]:
        """Claim that enough witnesses cosigned every tree that was relied on; nothing if none are known."""
        if not self.policy.witnesses:
            return ()
        if not seen:
            text = "there is no tree that witnesses could have cosigned"
            return (Claim(_CLAIM, Status.UNCHECKED, subject, text),)
        try:
            accepted = [self.policy.accept(each.note) for each in seen]
        except TransparencyError as error:
            return (Claim(_CLAIM, Status.FAILED, subject, error.message, error.details),)
        newest = max(accepted, key=lambda each: each.checkpoint.size)
        names = [each.witness for each in newest.cosigned]
        size = newest.checkpoint.size
        if not names:
            text = f"no witness cosigned the tree of {size}, and the policy asks for none"
            return (Claim(_CLAIM, Status.NONE, subject, text),)
        last = datetime.fromtimestamp(max(each.timestamp for each in newest.cosigned), UTC)
        text = f"the tree of {size} is cosigned by {', '.join(names)}, last at {last:%Y-%m-%d %H:%M} UTC"
        facts: dict[str, JsonValue] = {"cosigned_by": [*names], "cosigned_at": last.isoformat()}
        return (Claim(_CLAIM, Status.OK, subject, text, facts),)


def _log_of(policy: LogPolicy, vkey: str | None) -> NoteVerifier:
    if vkey is not None:
        log = _key(vkey)
        if log in [each.verifier for each in policy.logs]:
            return log
        raise InvalidUsage("The policy does not list the log whose key was named.")
    if len(policy.logs) != 1:
        raise InvalidUsage(f"The policy lists {len(policy.logs)} logs.", hint="Name one with --log-vkey KEY.")
    return policy.logs[0].verifier


def _read_policy(path: Path) -> LogPolicy:
    try:
        with path.open("rb") as file:
            return parse_policy(file.read(_MAX_POLICY_BYTES))
    except OSError as error:
        raise FileNotUsable(f"{path} cannot be read: {error.strerror}.") from None
    except PolicyMalformed as error:
        raise FileNotUsable(f"{path}: {error.message}") from None


def _key(vkey: str) -> NoteVerifier:
    try:
        return NoteVerifier.parse(vkey)
    except NoteKeyMalformed as error:
        raise InvalidUsage(f"The log's key cannot be used: {error.message}") from None
