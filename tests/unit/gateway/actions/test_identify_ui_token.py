"""Whom a UI token speaks for: whoever its ground speaks for now, at its own install."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from annex_gateway.actions.admit import admit
from annex_gateway.actions.authenticate import Authenticator, VerifiedKeys
from annex_gateway.actions.identify_session import SessionReader
from annex_gateway.actions.identify_ui_token import UiTokenReader
from annex_gateway.domain.api_keys import CredentialKind, Holder, Identity, PrincipalKind
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import (
    ApiKeyExpired,
    ApiKeyRefused,
    ApiKeyRevoked,
    MixedCredentials,
    SessionExpired,
    UiTokenExpired,
    UiTokenMisplaced,
    UiTokenRefused,
)
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.sessions import Session, SessionTimes
from annex_gateway.domain.ui_tokens import Ground, InstallBounds, UiToken
from annex_shared.ids import InstallId, PrincipalId
from unit.gateway.builders import NOW, PEPPER, TENANT, a_key_text, an_api_key, an_install, uuid
from unit.gateway.fakes import MemoryKeys, StoppedClock

KEEP = timedelta(seconds=5)
HASH = b"\x07" * 32
PERSON = PrincipalId(uuid(0xC))


@dataclass
class OneSession:
    async def find_session(self, session_hash: bytes) -> Session | None:
        if session_hash != HASH:
            return None
        holder = Holder(PrincipalKind.USER, "Ada", "Dev", roles=frozenset({"viewer"}))
        return Session(HASH, Grounds(TENANT, PERSON), holder, {}, NOW, NOW, NOW + timedelta(minutes=2))

    async def note_seen(self, session_hash: bytes, *, at: datetime) -> None:
        raise AssertionError((session_hash, at))


@dataclass
class Gate:
    """An authenticator with one key and one session, at a time of its own."""

    clock: StoppedClock = field(default_factory=StoppedClock)
    keys: MemoryKeys = field(default_factory=MemoryKeys)

    def authenticator(self) -> Authenticator:
        sessions = SessionReader(OneSession(), PEPPER, self.clock, SessionTimes(), KEEP)
        reader = UiTokenReader(self.keys, sessions, PEPPER, self.clock, KEEP)
        return Authenticator(
            self.keys, PEPPER, self.clock, VerifiedKeys(KEEP), sessions=sessions, ui_tokens=reader
        )

    async def identify(self, token: UiToken) -> Identity:
        return await self.authenticator().identify(shown(token), takes_ui_tokens=True)


def a_token(ground: Ground = Ground.SESSION, ground_id: bytes = HASH) -> UiToken:
    return UiToken(
        TENANT, PERSON, InstallBounds.of(an_install()), ground, ground_id, NOW, NOW + timedelta(minutes=5)
    )


def a_key_token() -> UiToken:
    return a_token(Ground.API_KEY, a_key_text().key_id.encode())


def shown(token: UiToken) -> Credentials:
    return Credentials(authorizations=(f"Bearer {token.sealed(PEPPER)}",))


async def test_a_token_speaks_for_the_person_of_its_session_at_its_install() -> None:
    identity = await Gate().identify(a_token())

    assert (identity.tenant_id, identity.principal_id) == (TENANT, PERSON)
    assert (identity.credential, identity.grounds) == (CredentialKind.UI_TOKEN, None)
    identity.require_install(an_install())
    with pytest.raises(UiTokenMisplaced):
        identity.require_install(an_install(install_id=InstallId(uuid(9))))


async def test_a_token_is_worth_what_its_key_is_worth_now() -> None:
    gate = Gate()
    gate.keys.add(an_api_key(last_used=NOW))
    assert (await gate.identify(a_key_token())).permissions

    gate.keys.add(an_api_key(last_used=NOW, permissions=frozenset()))

    assert (await gate.identify(a_key_token())).permissions == frozenset()


async def test_a_token_ends_with_its_key() -> None:
    gate = Gate()
    with pytest.raises(ApiKeyRefused):
        await gate.identify(a_key_token())
    gate.keys.add(an_api_key(revoked_at=NOW))
    with pytest.raises(ApiKeyRevoked):
        await gate.identify(a_key_token())
    gate.keys.add(an_api_key(expires_at=NOW))
    with pytest.raises(ApiKeyExpired):
        await gate.identify(a_key_token())


async def test_a_revoked_key_is_known_for_a_few_seconds_and_no_longer() -> None:
    gate = Gate()
    authenticator = gate.authenticator()
    gate.keys.add(an_api_key())
    await authenticator.identify(shown(a_key_token()), takes_ui_tokens=True)
    gate.keys.add(an_api_key(revoked_at=NOW))

    gate.clock.at = NOW + KEEP

    with pytest.raises(ApiKeyRevoked):
        await authenticator.identify(shown(a_key_token()), takes_ui_tokens=True)


async def test_a_token_ends_with_its_session_and_at_its_own_end() -> None:
    gate = Gate()
    gate.clock.at = NOW + timedelta(minutes=2)
    with pytest.raises(SessionExpired):
        await gate.identify(a_token())

    gate.clock.at = NOW + timedelta(minutes=5)

    with pytest.raises(UiTokenExpired):
        await gate.identify(a_token())


async def test_a_token_that_names_another_person_than_its_ground_is_refused() -> None:
    with pytest.raises(UiTokenRefused):
        await Gate().identify(replace(a_token(), principal_id=PrincipalId(uuid(0xD))))


async def test_a_token_is_no_credential_for_the_platforms_own_routes() -> None:
    authenticator = Gate().authenticator()

    with pytest.raises(UiTokenMisplaced):
        await authenticator.identify(shown(a_token()))
    with pytest.raises(UiTokenMisplaced):
        await admit(shown(a_token()), claimed_tenants=(), permissions=(), authenticator=authenticator)


async def test_a_token_beside_another_credential_is_refused() -> None:
    authenticator = Gate().authenticator()
    text = a_token().sealed(PEPPER)

    for mixed in (
        Credentials(api_keys=(a_key_text().reveal(),), authorizations=(f"Bearer {text}",)),
        Credentials(authorizations=(f"Bearer {text}",), sessions=("A" * 43,)),
    ):
        with pytest.raises(MixedCredentials):
            await authenticator.identify(mixed, takes_ui_tokens=True)


async def test_a_gateway_without_a_reader_takes_no_token() -> None:
    authenticator = replace(Gate().authenticator(), ui_tokens=None)

    with pytest.raises(UiTokenRefused):
        await authenticator.identify(shown(a_token()), takes_ui_tokens=True)
