"""Choose the bundle store by BUNDLE_STORE_URL: `file:///…` or `s3://bucket?endpoint=…&region=…`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from annex_registry.adapters.bundles.directory import open_directory
from annex_registry.adapters.bundles.object_lock import USUAL_LOCK, LockWish
from annex_registry.adapters.bundles.s3 import S3Place, open_s3
from annex_registry.domain.ports import FencedBundleStore
from annex_shared.clock import Clock, NewId, SystemClock
from annex_shared.settings import InvalidSettings

_DEFAULT_REGION = "us-east-1"
_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class StoreCredentials:
    """Only the registry holds these."""

    access_key: str | None
    secret_key: str | None


@asynccontextmanager
async def open_bundle_store(
    url: str,
    credentials: StoreCredentials,
    *,
    new_id: NewId,
    lock: LockWish = USUAL_LOCK,
    clock: Clock = _CLOCK,
) -> AsyncIterator[FencedBundleStore]:
    """Open the store a URL names. Raises InvalidSettings."""
    parts = urlsplit(url)
    match parts.scheme:
        case "file" if parts.path.startswith("/") and parts.netloc in ("", "localhost"):
            lock.refuse_directory()
            yield open_directory(Path(unquote(parts.path)), new_id=new_id)
        case "s3" if parts.netloc:
            place = _place(parts.netloc, parse_qs(parts.query), credentials)
            async with open_s3(place, lock=lock, clock=clock) as bundles:
                yield bundles
        case _:
            raise InvalidSettings(
                "BUNDLE_STORE_URL must be file:///absolute/path or s3://bucket?endpoint=https://host."
            )


def _place(bucket: str, query: dict[str, list[str]], credentials: StoreCredentials) -> S3Place:
    if not credentials.access_key or not credentials.secret_key:
        raise InvalidSettings(
            "An s3:// bundle store needs BUNDLE_STORE_ACCESS_KEY and BUNDLE_STORE_SECRET_KEY."
        )
    return S3Place(
        bucket=bucket,
        endpoint_url=query.get("endpoint", [None])[0],
        region=query.get("region", [_DEFAULT_REGION])[0],
        access_key=credentials.access_key,
        secret_key=credentials.secret_key,
    )
