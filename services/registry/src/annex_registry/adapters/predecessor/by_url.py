"""Choose the object store to import from by IMPORT_STORE_URL: a directory or an S3 bucket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from annex_registry.adapters.bundles.by_url import StoreCredentials
from annex_registry.adapters.bundles.s3 import S3Place, s3_client
from annex_registry.adapters.predecessor.directory import DirectoryObjects
from annex_registry.adapters.predecessor.s3 import S3Objects
from annex_registry.domain.predecessor import PredecessorStore
from annex_shared.settings import InvalidSettings

_DEFAULT_REGION = "us-east-1"


@asynccontextmanager
async def open_predecessor_store(url: str, credentials: StoreCredentials) -> AsyncIterator[PredecessorStore]:
    """Open the store a URL names. Raises InvalidSettings."""
    parts = urlsplit(url)
    match parts.scheme:
        case "file" if parts.path.startswith("/") and parts.netloc in ("", "localhost"):
            yield _directory(Path(unquote(parts.path)))
        case "s3" if parts.netloc:
            place = _place(parts.netloc, parse_qs(parts.query), credentials)
            async with s3_client(place) as client:
                yield S3Objects(client, place.bucket)
        case _:
            raise InvalidSettings(
                "IMPORT_STORE_URL must be file:///absolute/path or s3://bucket?endpoint=https://host."
            )


def _directory(root: Path) -> DirectoryObjects:
    if not root.is_dir():
        raise InvalidSettings("IMPORT_STORE_URL names a directory that is not there.")
    return DirectoryObjects(root)


def _place(bucket: str, query: dict[str, list[str]], credentials: StoreCredentials) -> S3Place:
    if not credentials.access_key or not credentials.secret_key:
        raise InvalidSettings(
            "An s3:// store to import from needs IMPORT_STORE_ACCESS_KEY and IMPORT_STORE_SECRET_KEY."
        )
    return S3Place(
        bucket=bucket,
        endpoint_url=query.get("endpoint", [None])[0],
        region=query.get("region", [_DEFAULT_REGION])[0],
        access_key=credentials.access_key,
        secret_key=credentials.secret_key,
    )
