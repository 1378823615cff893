"""Replace this process by a server that the kernel signals when its parent dies.

Run as a program: ``parent_bound.py PARENT_PID SIGNAL COMMAND ARGUMENT...``. A child started this way
follows its parent even when the parent is killed with SIGKILL and can clean up nothing itself. It stands
between fork and exec as a program, not as ``preexec_fn``, because Python code after fork in a process
with threads can deadlock. The signal is sent when the *thread* that forked ends, so servers are started
from the main thread.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def bind_to_parent(parent_pid: int, signal_number: int) -> None:
    """Ask for the signal, then check that the parent did not die before the request was in place."""
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    if prctl is None:  # Only Linux has prctl; elsewhere the parent's own shutdown is all there is.
        return
    if prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent_pid:
        sys.exit("the parent process is gone")


if __name__ == "__main__":
    bind_to_parent(int(sys.argv[1]), int(sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606  # becoming the given program is the purpose
