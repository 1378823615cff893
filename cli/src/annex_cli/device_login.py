"""Sign in without a browser here (RFC 8628): show a code, wait until a person approves it elsewhere."""

import asyncio
import math
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from yarl import URL

from annex_cli.errors import (
    AnswerNotUnderstood,
    DeviceCodeExpired,
    PlatformRefused,
    PlatformUnreachable,
)
from annex_cli.platform_client import PlatformClient, read_answer, refusal_of
from annex_cli.session import Session

_FIRST_REFUSAL: Final = 400
_WAITING: Final = "DEVICE_AUTHORIZATION_PENDING"
_TOO_FAST: Final = "DEVICE_POLL_TOO_FAST"
# What passes by itself while somebody looks for their telephone.
_PASSING: Final = frozenset({"RATE_LIMITED", "AUTHENTICATION_UNAVAILABLE", "INTERNAL"})
_SLOWEST_SECONDS: Final = 60.0
_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY")
_OWN_DISPLAY: Final = frozenset({"darwin", "win32"})


class DeviceCodes(BaseModel):
    """What the platform gives a device to begin with."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    device_code: str = Field(repr=False)
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None = None
    expires_in: int = Field(ge=1, le=3_600)
    interval: int = Field(default=5, ge=1, le=60)


class DeviceKey(BaseModel):
    """The key that was granted, and for whom."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(repr=False)
    tenant_id: str
    tenant_slug: str | None = None
    name: str | None = None
    permissions: list[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceWish:
    """What this machine asks for; ``permissions`` empty is what the platform gives usually."""

    name: str
    permissions: tuple[str, ...] = ()
    tenant_id: str | None = None
    opens_browser: bool = True

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"device_name": self.name}
        if self.permissions:
            body["permissions"] = [*self.permissions]
        if self.tenant_id is not None:
            body["tenant_id"] = self.tenant_id
        return body


async def sign_in_device(client: PlatformClient, wish: DeviceWish, *, session: Session) -> DeviceKey | None:
    """Get a key for this machine; None from a platform that knows no such login.

    Raises PlatformRefused when it was denied, DeviceCodeExpired when nobody decided in time.
    """
    answer = await client.send_document("POST", "/api/v1/device-authorizations", wish.body())
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    if answer.status >= _FIRST_REFUSAL:
        raise refusal_of(answer)
    codes = read_answer(DeviceCodes, answer)
    address = _address(codes)
    minutes = math.ceil(codes.expires_in / 60)
    session.terminal.need(
        f"  Open    {address}\n  Enter   {codes.user_code}        (expires in {minutes} min; waiting…)"
    )
    complete = URL(codes.verification_uri_complete or codes.verification_uri)
    is_ours = complete.origin() == URL(client.gateway_url).origin()
    if wish.opens_browser and is_ours and has_browser(session.environment, sys.platform):
        await asyncio.to_thread(webbrowser.open, str(complete))
    return await _granted(client, codes, session=session)


def has_browser(environment: Mapping[str, str], system: str) -> bool:
    """Tell whether a browser opened here would be seen by whoever typed: not over SSH, not in CI."""
    if any(environment.get(name) for name in (*_SSH, "CI")):
        return False
    return system in _OWN_DISPLAY or any(environment.get(name) for name in _DISPLAYS)


def _address(codes: DeviceCodes) -> str:
    """Return the address to show. What a person is asked to open is a page, and one line."""
    for text in (codes.verification_uri, codes.verification_uri_complete or codes.verification_uri):
        is_page = text.startswith(("https://", "http://")) and text.isprintable() and " " not in text
        if not is_page or not URL(text).host or not codes.user_code.isprintable():
            raise AnswerNotUnderstood("The platform's address for the code is none. Is --gateway right?")
    return codes.verification_uri


async def _granted(client: PlatformClient, codes: DeviceCodes, *, session: Session) -> DeviceKey:
    """Ask until somebody decided. A network that fails meanwhile is a reason to ask again."""
    interval, pause, until = float(codes.interval), float(codes.interval), monotonic() + codes.expires_in
    trouble: PlatformUnreachable | None = None
    while monotonic() + pause < until:
        await asyncio.sleep(pause)
        try:
            answer = await client.send_document(
                "POST", "/api/v1/device-tokens", {"device_code": codes.device_code}
            )
        except PlatformUnreachable as error:
            if trouble is None:
                session.terminal.say(f"  waiting  {error.message} Asking again until the code expires.")
            trouble, pause = error, min(pause * 2, _SLOWEST_SECONDS)
            continue
        trouble = None
        if answer.status < _FIRST_REFUSAL:
            return read_answer(DeviceKey, answer)
        interval = _interval(refusal_of(answer), interval)
        pause = interval
    if trouble is not None:
        raise trouble
    raise DeviceCodeExpired(
        "The code expired before anybody approved it. Nothing was kept.", hint="annex login"
    )


def _interval(refusal: PlatformRefused | AnswerNotUnderstood, interval: float) -> float:
    """Say how long to wait after a refusal that is no end; one that is an end is raised."""
    if not isinstance(refusal, PlatformRefused):
        raise refusal
    if refusal.code == _WAITING:
        return interval
    if refusal.code == _TOO_FAST:
        said = refusal.document.details.get("interval")
        return min(float(said) if isinstance(said, int) else interval + 5, _SLOWEST_SECONDS)
    if refusal.code in _PASSING:
        return min(max(interval * 2, float(refusal.retry_after_seconds or 0)), _SLOWEST_SECONDS)
    raise refusal
