"""Test guests that come out of a tool chain: the kept ones unpacked, the others built once per machine."""

import subprocess
import sys
from functools import cache
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression.zstd import decompress
else:
    from backports.zstd import decompress

_ROOT = Path(__file__).resolve().parents[2]
_SCRIPT = _ROOT / "scripts" / "build_guests.py"
_KEPT = _ROOT / "tests" / "guests" / "built"
_CACHE = _ROOT / ".cache" / "guests"
_BUILD_SECONDS = 600


@cache
def built_guest(name: str) -> bytes:
    """Return a guest's component; one that is not kept needs npm or pip the first time."""
    kept = _KEPT / f"{name}.wasm.zst"
    if kept.exists():
        return decompress(kept.read_bytes())
    subprocess.run([sys.executable, _SCRIPT, name], check=True, timeout=_BUILD_SECONDS)
    return (_CACHE / f"{name}.wasm").read_bytes()
