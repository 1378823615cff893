"""The cache folder: ours alone, or refused. Compiled code in it is run, so whoever writes it runs as us."""

import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import Final

from annex_runner_proxy.domain.errors import CacheRootUnsafe

_KEY_FILE: Final = "mac.key"
_KEY_BYTES: Final = 32
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def open_cache_root(root: Path) -> Path:
    """Create ``root`` 0700 if need be, and check it. Raises CacheRootUnsafe."""
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(root)
        return root.resolve(strict=True)
    except OSError as error:
        raise _unsafe(root, f"cannot be used: {error.strerror}") from None


def open_folder(root: Path, *names: str) -> Path:
    """Create and check a folder below the root, each step of the way."""
    folder = root
    for name in names:
        folder = folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        _check_folder(folder)
    return folder


def remove_other_engines(modules: Path, fingerprint: str) -> None:
    """Remove what an older engine or another processor compiled; it cannot be used here again."""
    for entry in os.scandir(modules):
        if entry.name != fingerprint and entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)


def load_mac_key(root: Path) -> bytes:
    """Read the key that authenticates compiled code, making it on first use; 0600, never leaves this host."""
    path = root / _KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return _existing_key(path)
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(_KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _existing_key(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if facts.st_uid != os.geteuid() or facts.st_mode & 0o077:
            raise _unsafe(path, "can be read by others or belongs to somebody else")
        key = file.read()
    if len(key) != _KEY_BYTES:
        # Another process is writing it, or a crash cut it; a shorter key would authenticate anything.
        raise _unsafe(path, "does not hold a key; remove it")
    return key


def _check_folder(folder: Path) -> None:
    facts = folder.lstat()
    if stat.S_ISLNK(facts.st_mode):
        raise _unsafe(folder, "is a symbolic link")
    if not stat.S_ISDIR(facts.st_mode):
        raise _unsafe(folder, "is not a folder")
    if facts.st_uid != os.geteuid():
        raise _unsafe(folder, "belongs to another user")
    if facts.st_mode & _WRITABLE_BY_OTHERS:
        raise _unsafe(folder, "can be written by others")


def _unsafe(path: Path, why: str) -> CacheRootUnsafe:
    return CacheRootUnsafe(
        f'The cache folder "{path}" {why}. Compiled code in it is executed, so it must be ours alone; '
        "set EXT_CACHE_ROOT to another folder or correct this one."
    )
