"""Witnesses of a test: our own program, on a port of its own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from annex_shared.signing import SigningKey
from annex_shared.transparency import Cosigner, NoteVerifier
from annex_witness.app import running
from annex_witness.settings import WitnessSettings


@dataclass(slots=True)
class WitnessPlace:
    """A witness's key and state, which outlive its process; ``url`` is where it listened last."""

    folder: Path
    cosigner: Cosigner
    logs: Sequence[NoteVerifier]
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> WitnessSettings:
        return WitnessSettings(
            host="127.0.0.1",
            port=self.port,
            key_file=self.folder / "key",
            logs_file=self.folder / "logs",
            state_dir=self.folder / "state",
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["WitnessPlace"]:
        """Run it; a second time it listens at the same address."""
        async with running(self.settings) as port:
            self.port = port
            yield self


def witness_place(folder: Path, *logs: NoteVerifier, name: str = "witness.example/w1") -> WitnessPlace:
    folder.mkdir(parents=True)
    cosigner = Cosigner(name, SigningKey.generate())
    (folder / "key").write_text(cosigner.to_text() + "\n")
    (folder / "logs").write_text("# the logs it witnesses\n" + "".join(f"{log.vkey}\n" for log in logs))
    return WitnessPlace(folder, cosigner, logs)


def policy_text(log: NoteVerifier, witnesses: Sequence[WitnessPlace], quorum: int) -> str:
    """Write a policy that asks for ``quorum`` of the witnesses."""
    lines = [f"log {log.vkey}"]
    lines += [f"witness w{at} {each.cosigner.verifier.vkey} {each.url}" for at, each in enumerate(witnesses)]
    if quorum == 0:
        return "".join(f"{line}\n" for line in [*lines, "quorum none"])
    names = " ".join(f"w{at}" for at in range(len(witnesses)))
    return "".join(f"{line}\n" for line in [*lines, f"group enough {quorum} {names}", "quorum enough"])
