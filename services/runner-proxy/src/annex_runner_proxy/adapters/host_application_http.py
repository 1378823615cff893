"""Asks the host application over HTTP: its own internal routes, and those pages of extensions call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import JsonValue
from yarl import URL

from annex_runner_proxy.domain.ports import HostReply

_MAX_BYTES: Final = 2 << 20


@dataclass(frozen=True, slots=True)
class HostApplicationHttp:
    """``base_url`` is the operator's, so its address is not judged; redirects are never followed."""

    session: ClientSession
    base_url: str

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> HostReply | None:
        """Return the answer, None where there is none or it is too large."""
        try:
            async with self.session.request(
                method,
                # Given as it is: a path was judged as it stands, and is not to be tidied up afterwards.
                URL(self.base_url + path, encoded=True),
                headers=headers,
                data=body,
                timeout=ClientTimeout(total=timeout_seconds),
                allow_redirects=False,
            ) as answer:
                content = await answer.content.read(_MAX_BYTES + 1)
                while len(content) <= _MAX_BYTES and (more := await answer.content.read(_MAX_BYTES)):
                    content += more
                return None if len(content) > _MAX_BYTES else HostReply(answer.status, content)
        except (TimeoutError, ClientError, OSError):
            return None


def to_document(content: bytes) -> dict[str, JsonValue] | None:
    """Read one JSON object, None where there is none."""
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
