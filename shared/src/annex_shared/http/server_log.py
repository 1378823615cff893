"""What the HTTP server says of requests that it could not read: never what stood in them."""

import logging

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import RequestPayloadError

_NAME = "annex.http"


class _WithoutBytes(logging.Filter):
    """Replaces the library's record, whose exception quotes what came: bytes after a body's end, a header."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | RequestPayloadError):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = "A request could not be read: %s.", (type(error).__name__,)
            record.exc_info = record.exc_text = None
        return True


def server_logger() -> logging.Logger:
    """Return the logger that an application's server is given instead of the library's own."""
    logger = logging.getLogger(_NAME)
    if not any(isinstance(each, _WithoutBytes) for each in logger.filters):
        logger.addFilter(_WithoutBytes())
    return logger
