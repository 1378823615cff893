"""A seccomp filter that allows what a locked worker needs and refuses every other system call.

An allow-list, because a list of what is forbidden ages: a kernel's new calls are refused until we say so.
"""

import ctypes
import os
import platform
import struct

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_ANY_BIT = 0x45
_JUMP_IF_GREATER_OR_EQUAL = 0x35
_RETURN = 0x06

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000
_EPERM = 1
_ENOSYS = 38

_NR_OFFSET = 0
_ARCH_OFFSET = 4
_FIRST_ARGUMENT_OFFSET = 16
_ARGUMENT_SIZE = 8
_X32_BIT = 0x40000000

_CLONE_THREAD = 0x00010000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Memory, threads of this process, time, signals to itself, and bytes over descriptors it already holds.
_PLAIN = (
    "read", "write", "readv", "writev", "pread64", "close", "lseek", "fstat", "newfstatat", "statx", "poll",
    "ppoll", "select", "mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "futex", "set_robust_list",
    "rseq", "membarrier", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "restart_syscall", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday",
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "getrusage",
    "times", "sched_yield", "sched_getaffinity", "getcwd", "readlink", "readlinkat", "uname", "sysinfo",
    "fcntl", "exit", "exit_group",
)  # fmt: skip

_X86_64 = {
    "read": 0, "write": 1, "open": 2, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9,
    "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15,
    "pread64": 17, "readv": 19, "writev": 20, "select": 23, "sched_yield": 24, "mremap": 25, "madvise": 28,
    "nanosleep": 35, "getpid": 39, "clone": 56, "exit": 60, "uname": 63, "fcntl": 72, "getcwd": 79,
    "readlink": 89, "gettimeofday": 96, "getrusage": 98, "sysinfo": 99, "times": 100, "getuid": 102,
    "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "sigaltstack": 131, "gettid": 186,
    "futex": 202, "sched_getaffinity": 204, "restart_syscall": 219, "clock_gettime": 228,
    "clock_getres": 229, "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "openat": 257,
    "newfstatat": 262, "readlinkat": 267, "ppoll": 271, "set_robust_list": 273, "getrandom": 318,
    "membarrier": 324, "statx": 332, "rseq": 334, "clone3": 435,
}  # fmt: skip
_AARCH64 = {
    "getcwd": 17, "fcntl": 25, "openat": 56, "close": 57, "lseek": 62, "read": 63, "write": 64,
    "readv": 65, "writev": 66, "pread64": 67, "ppoll": 73, "readlinkat": 78, "newfstatat": 79, "fstat": 80,
    "exit": 93, "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123,
    "sched_yield": 124, "restart_syscall": 128, "tgkill": 131, "sigaltstack": 132, "rt_sigaction": 134,
    "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153, "uname": 160, "getrusage": 165,
    "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "geteuid": 175, "getgid": 176,
    "getegid": 177, "gettid": 178, "sysinfo": 179, "brk": 214, "munmap": 215, "mremap": 216, "clone": 220,
    "mmap": 222, "mprotect": 226, "madvise": 233, "getrandom": 278, "membarrier": 283, "statx": 291,
    "rseq": 293, "clone3": 435,
}  # fmt: skip
_MACHINES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}


class SeccompUnavailable(Exception):
    """This machine or kernel takes no filter of ours; the worker reports a weaker level."""


def install_filter() -> None:
    """Confine the calling thread and every thread it starts, for ever. Needs PR_SET_NO_NEW_PRIVS."""
    program = _program()
    filters = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog { unsigned short len; struct sock_filter *filter; }
    description = ctypes.create_string_buffer(
        struct.pack("@HP", len(program) // 8, ctypes.addressof(filters)), 16
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, description, 0, 0) != 0:
        raise SeccompUnavailable(os.strerror(ctypes.get_errno()))


def _program() -> bytes:
    if platform.machine() not in _MACHINES:
        raise SeccompUnavailable(f"no list of system calls for {platform.machine()}")
    architecture, numbers = _MACHINES[platform.machine()]
    lines = [
        _line(_LOAD_WORD, _ARCH_OFFSET),
        _line(_JUMP_IF_EQUAL, architecture, if_true=1),
        _line(_RETURN, _KILL_PROCESS),
        _line(_LOAD_WORD, _NR_OFFSET),
        _line(_JUMP_IF_GREATER_OR_EQUAL, _X32_BIT, if_false=1),
        _line(_RETURN, _ERRNO | _EPERM),
    ]
    for name in _PLAIN:
        if name in numbers:
            lines += [_line(_JUMP_IF_EQUAL, numbers[name], if_false=1), _line(_RETURN, _ALLOW)]
    # glibc falls back from clone3, whose flags a filter cannot read, to clone, whose flags it can.
    lines += [_line(_JUMP_IF_EQUAL, numbers["clone3"], if_false=1), _line(_RETURN, _ERRNO | _ENOSYS)]
    lines += _when_argument(numbers["clone"], 0, _JUMP_IF_ANY_BIT, _CLONE_THREAD, allow_if=True)
    lines += _when_argument(numbers["tgkill"], 0, _JUMP_IF_EQUAL, os.getpid(), allow_if=True)
    lines += _when_argument(numbers["openat"], 2, _JUMP_IF_ANY_BIT, _WRITING, allow_if=False)
    if "open" in numbers:
        lines += _when_argument(numbers["open"], 1, _JUMP_IF_ANY_BIT, _WRITING, allow_if=False)
    lines.append(_line(_RETURN, _ERRNO | _EPERM))
    return b"".join(lines)


def _when_argument(number: int, position: int, test: int, value: int, *, allow_if: bool) -> list[bytes]:
    """Decide one system call by the low word of one argument; the verdict is final for that call."""
    verdicts = [_ALLOW, _ERRNO | _EPERM] if allow_if else [_ERRNO | _EPERM, _ALLOW]
    return [
        _line(_JUMP_IF_EQUAL, number, if_false=4),
        _line(_LOAD_WORD, _FIRST_ARGUMENT_OFFSET + position * _ARGUMENT_SIZE),
        _line(test, value, if_false=1),
        _line(_RETURN, verdicts[0]),
        _line(_RETURN, verdicts[1]),
    ]


def _line(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    """One struct sock_filter: __u16 code, __u8 jt, __u8 jf, __u32 k."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
