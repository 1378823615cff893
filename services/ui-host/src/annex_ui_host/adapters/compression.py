"""Files made smaller in every coding browsers ask for; takes its time, and belongs in a thread."""

import gzip
import sys
from collections.abc import Mapping
from typing import Final

import brotli

from annex_ui_host.domain.codings import Coding

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# The best of each is made once and sent for ever. Beyond a mebibyte brotli's best takes seconds a file.
_BROTLI_BEST: Final = 11
_BROTLI_LARGE: Final = 9
_LARGE_BYTES: Final = 1024 * 1024
_ZSTD_BEST: Final = 19
# RFC 9659: what a browser has to be able to unpack, and no more.
_ZSTD_WINDOW_LOG: Final = 23
_GZIP_BEST: Final = 9


def compressed(body: bytes) -> Mapping[Coding, bytes]:
    """Return the body in each coding, whether it became smaller or not."""
    quality = _BROTLI_BEST if len(body) <= _LARGE_BYTES else _BROTLI_LARGE
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: _ZSTD_BEST,
        zstd.CompressionParameter.window_log: min(_ZSTD_WINDOW_LOG, max(10, len(body).bit_length())),
    }
    return {
        Coding.BR: brotli.compress(body, quality=quality),
        Coding.ZSTD: zstd.compress(body, options=options),
        # Without a time of its own, so that equal files stay equal.
        Coding.GZIP: gzip.compress(body, compresslevel=_GZIP_BEST, mtime=0),
    }
