"""How private servers are launched: never as root, and never outliving the process that started them."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annex_standalone.servers import parent_bound
from annex_standalone.servers.errors import PrivilegeCannotBeDropped

# The uid and gid of nobody, the one account every Linux has besides root.
NOBODY = 65534
# In a user namespace the files stay root's own, so it works below directories that only root may enter.
AS_NOBODY_IN_A_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
# Where namespaces are forbidden (a chroot, many containers) and the clone stands below a directory that only
# root may enter, such as /root: nobody may pass there. PostgreSQL asks access(2), which forgets capabilities
# of a process that is not root unless no_setuid_fixup is set (capabilities(7)).
AS_NOBODY_WHO_MAY_PASS = (
    "setpriv",
    "--securebits=+no_setuid_fixup",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    *AS_NOBODY[1:],
)
PROBE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Launcher:
    """The way to start a server here; ``owner`` is who must own its files, when that is not us."""

    prefix: tuple[str, ...] = ()
    owner: int | None = None

    def command(self, argv: Sequence[str | Path], *, on_parent_death: signal.Signals) -> list[str]:
        """Complete a command line so that the server drops root and follows its parent."""
        words = [str(word) for word in argv]
        # The request for a death signal is lost when credentials change, so it is made after that.
        if self.owner is not None:
            # Our interpreter may stand where nobody cannot go; setpriv makes the request itself.
            return [*self.prefix[:-1], "--pdeathsig", on_parent_death.name.removeprefix("SIG"), "--", *words]
        bound = [parent_bound.__file__, str(os.getpid()), str(int(on_parent_death))]
        return [*self.prefix, sys.executable, "-I", "-S", *bound, *words]

    def plain_command(self, argv: Sequence[str | Path]) -> list[str]:
        """Complete the command line of a short-lived tool."""
        return [*self.prefix, *map(str, argv)]

    def own(self, directory: Path) -> None:
        """Give a directory to the account the server runs as."""
        if self.owner is not None:
            shutil.chown(directory, self.owner, self.owner)


async def find_launcher() -> Launcher:
    """Choose the way to start a server as somebody who is not root."""
    if os.geteuid() != 0:
        return Launcher()
    if namespace := await _working(AS_NOBODY_IN_A_NAMESPACE):
        return Launcher(namespace)
    for account in (AS_NOBODY_WHO_MAY_PASS, AS_NOBODY):
        if working := await _working(account):
            return Launcher(working, owner=NOBODY)
    raise PrivilegeCannotBeDropped


async def _working(prefix: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the prefix with its program's full path if it can start a program here."""
    program = shutil.which(prefix[0])
    if program is None:
        return None
    found = (program, *prefix[1:])
    probe = await asyncio.create_subprocess_exec(
        *found, "true", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return found if await probe.wait() == 0 else None
    except TimeoutError:
        return None
    finally:
        if probe.returncode is None:
            probe.kill()
            await probe.wait()
