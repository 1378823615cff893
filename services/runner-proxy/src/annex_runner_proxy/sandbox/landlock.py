"""Landlock: after this, no file but those under the named folders can be opened, even to read."""

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_READ_FILE = 1 << 2
# Number of file-system rights each version of the interface knows; asking for more is refused.
_FILE_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_SINCE = 4
_BIND_AND_CONNECT_TCP = 0b11
_SCOPES_SINCE = 6
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class LandlockUnavailable(Exception):
    """The kernel has no Landlock or does not let us use it."""


def restrict_files(readable: Sequence[Path]) -> int:
    """Leave only reading below ``readable``; return the kernel's Landlock version. Needs no privilege."""
    libc = ctypes.CDLL(None, use_errno=True)
    abi = int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG))
    if abi < 1:
        raise LandlockUnavailable(os.strerror(ctypes.get_errno()))
    ruleset = _create_ruleset(libc, abi)
    try:
        for folder in readable:
            _allow_reading(libc, ruleset, folder)
        if libc.syscall(_RESTRICT_SELF, ruleset, 0) != 0:
            raise LandlockUnavailable(os.strerror(ctypes.get_errno()))
    finally:
        os.close(ruleset)
    return abi


def _create_ruleset(libc: ctypes.CDLL, abi: int) -> int:
    handled_files = (1 << _FILE_RIGHTS_BY_ABI.get(abi, 16)) - 1
    attributes = struct.pack("=Q", handled_files)
    if abi >= _NETWORK_SINCE:
        attributes += struct.pack("=Q", _BIND_AND_CONNECT_TCP)
    if abi >= _SCOPES_SINCE:
        attributes += struct.pack("=Q", _ABSTRACT_SOCKETS_AND_SIGNALS)
    ruleset = int(libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    if ruleset < 0:
        raise LandlockUnavailable(os.strerror(ctypes.get_errno()))
    return ruleset


def _allow_reading(libc: ctypes.CDLL, ruleset: int, folder: Path) -> None:
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        # struct landlock_path_beneath_attr is packed: __u64 allowed_access, __s32 parent_fd.
        rule = struct.pack("=Qi", _READ_FILE, descriptor)
        if libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0) != 0:
            raise LandlockUnavailable(os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)
