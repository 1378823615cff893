"""Whatever a request presents and claims: it acts in its credential's tenant, or not at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.actions.admit import admit
from annex_gateway.actions.authenticate import Authenticator, VerifiedKeys
from annex_gateway.actions.identify_session import SessionReader
from annex_gateway.actions.identify_token import TokenReader
from annex_gateway.domain.api_keys import ApiKeyText, Holder, Identity, PrincipalKind
from annex_gateway.domain.bearer_tokens import TokenIssuer, TokenSubject, tenant_refused
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import GatewayError
from annex_gateway.domain.grounds import Grounds
from annex_gateway.domain.identities import Holding
from annex_gateway.domain.sessions import Browser, Session, SessionSecret, SessionTimes, new_secret
from annex_shared.ids import PrincipalId, TenantId
from annex_shared.issued_tokens import IssuerKey as PublicKey
from annex_shared.permissions import Permission
from support.oidc_issuer import IssuerKey
from unit.gateway.builders import EVERYTHING, NOW, OTHER_TENANT, PEPPER, TENANT, an_api_key, uuid
from unit.gateway.fakes import MemoryKeys, StoppedClock

KEEP = timedelta(seconds=5)
KEY = IssuerKey.ec("k")
SPEAKS_FOR_BOTH, SPEAKS_FOR_ONE = "https://both.example", "https://one.example"
TENANTS = (TENANT, OTHER_TENANT)
GHOST = TenantId(uuid(0xDEAD))


class OneKey:
    async def key(self, issuer: str, key_id: str | None) -> PublicKey | None:
        assert issuer in (SPEAKS_FOR_BOTH, SPEAKS_FOR_ONE)
        return PublicKey.of_jwk(KEY.to_jwk()) if key_id == "k" else None


class KnownTenants:
    async def holding(self, subject: TokenSubject, *, at: datetime) -> Holding:
        assert at == NOW
        if subject.tenant_id not in TENANTS:
            raise tenant_refused("there is no such tenant")
        holder = Holder(subject.kind or PrincipalKind.USER, "Ada", "Dev", roles=frozenset({"admin"}))
        return Holding(PrincipalId(subject.tenant_id), holder)


@dataclass
class TwoSessions:
    async def find_session(self, session_hash: bytes) -> Session | None:
        for tenant_id in TENANTS:
            if session_hash == secret_of(tenant_id).hashed(PEPPER):
                return a_session(session_hash, tenant_id)
        return None

    async def note_seen(self, session_hash: bytes, *, at: datetime) -> None:
        raise AssertionError((session_hash, at))


def secret_of(tenant_id: TenantId) -> SessionSecret:
    return SessionSecret(new_secret(lambda count: tenant_id.bytes * (count // 16)))


def a_session(session_hash: bytes, tenant_id: TenantId) -> Session:
    holder = Holder(PrincipalKind.USER, "Ada", "Dev", roles=frozenset({"viewer"}))
    grounds = Grounds(tenant_id, PrincipalId(tenant_id))
    return Session(session_hash, grounds, holder, {}, NOW, NOW, NOW + timedelta(hours=1))


def key_of(tenant_id: TenantId) -> ApiKeyText:
    return ApiKeyText.mint(lambda count: tenant_id.bytes[-1:] * count)


def token_of(issuer: str, tenant_id: TenantId | None, user_type: str | None) -> str:
    said = {"iss": issuer, "sub": "u", "aud": "annex", "iat": NOW, "exp": NOW + timedelta(minutes=5)}
    if tenant_id is not None:
        said["tenant_id"] = str(tenant_id)
    if user_type is not None:
        said["user_type"] = user_type
    return jwt.encode(said, KEY.private, algorithm=KEY.algorithm, headers={"kid": "k"})


KEYS = MemoryKeys()
for each in TENANTS:
    KEYS.add(an_api_key(key_of(each), tenant_id=each, last_used=NOW))
AUTHENTICATOR = Authenticator(
    KEYS,
    PEPPER,
    StoppedClock(),
    VerifiedKeys(KEEP),
    tokens=TokenReader(
        {
            SPEAKS_FOR_BOTH: TokenIssuer(SPEAKS_FOR_BOTH, frozenset({"annex"})),
            SPEAKS_FOR_ONE: TokenIssuer(SPEAKS_FOR_ONE, frozenset({"annex"}), tenant=TENANT),
        },
        OneKey(),
        KnownTenants(),
        StoppedClock(),
        KEEP,
    ),
    sessions=SessionReader(TwoSessions(), PEPPER, StoppedClock(), SessionTimes(), KEEP),
)
# Each credential with the one tenant it may open, if any.
SHOWN: list[tuple[str, str, TenantId | None]] = [
    *((("key", key_of(tenant).reveal(), tenant)) for tenant in TENANTS),
    *((("session", secret_of(tenant).text, tenant)) for tenant in TENANTS),
    *((("token", token_of(SPEAKS_FOR_BOTH, tenant, None), tenant)) for tenant in TENANTS),
    ("token", token_of(SPEAKS_FOR_BOTH, GHOST, None), None),
    ("token", token_of(SPEAKS_FOR_BOTH, None, None), None),
    ("token", token_of(SPEAKS_FOR_BOTH, TENANT, "client"), TENANT),
    ("token", token_of(SPEAKS_FOR_ONE, None, None), TENANT),
    ("token", token_of(SPEAKS_FOR_ONE, OTHER_TENANT, None), None),
    ("token", token_of("https://stranger.example", TENANT, None), None),
    ("key", "annex_nonsense", None),
    ("session", "nonsense", None),
]
CLAIMS = [str(TENANT), str(OTHER_TENANT), str(TENANT).upper(), "dev", ""]


@given(
    shown=st.lists(st.sampled_from(SHOWN), max_size=3),
    claims=st.lists(st.sampled_from(CLAIMS), max_size=2),
    is_in_header=st.booleans(),
    permissions=st.sets(st.sampled_from(sorted(EVERYTHING)), max_size=2),
)
async def test_no_combination_opens_another_tenant_than_the_credentials(
    *,
    shown: list[tuple[str, str, TenantId | None]],
    claims: list[str],
    is_in_header: bool,
    permissions: set[Permission],
) -> None:
    identity = await admitted(shown, claims, is_in_header=is_in_header, permissions=tuple(permissions))

    opened = {tenant for _, _, tenant in shown}
    if identity is not None:
        assert opened == {identity.tenant_id}
        assert len({text for _, text, _ in shown}) == 1
        assert {claim.lower() for claim in claims} <= {str(identity.tenant_id)}
        assert identity.kind is not PrincipalKind.CLIENT
        assert not permissions or identity.permissions & permissions


async def admitted(
    shown: list[tuple[str, str, TenantId | None]],
    claims: list[str],
    *,
    is_in_header: bool,
    permissions: tuple[Permission, ...],
) -> Identity | None:
    keys = tuple(text for kind, text, _ in shown if kind == "key")
    tokens = tuple(f"Bearer {text}" for kind, text, _ in shown if kind == "token")
    bearers = tuple(f"Bearer {key}" for key in keys)
    credentials = Credentials(
        () if is_in_header else keys,
        (*tokens, *(bearers if is_in_header else ())),
        tuple(text for kind, text, _ in shown if kind == "session"),
        Browser(),
    )
    try:
        return await admit(
            credentials,
            claimed_tenants=tuple(claims),
            permissions=permissions,
            authenticator=AUTHENTICATOR,
        )
    except GatewayError:
        return None


async def test_each_credential_that_opens_a_tenant_does_so_alone() -> None:
    for kind, text, tenant in SHOWN:
        found = await admitted([(kind, text, tenant)], [], is_in_header=False, permissions=())

        is_client = kind == "token" and found is None and tenant is not None
        assert found is None if tenant is None else is_client or found is not None
