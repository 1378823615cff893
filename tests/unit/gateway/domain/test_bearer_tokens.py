from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from annex_gateway.domain.api_keys import PrincipalKind
from annex_gateway.domain.bearer_tokens import ClaimNames, TokenIssuer, TokenSubject, read_token
from annex_shared.errors import AnnexError, code_of
from annex_shared.issued_tokens import IssuerKey as PublicKey
from annex_shared.permissions import Permission
from support.oidc_issuer import IssuerKey
from unit.gateway.builders import NOW, OTHER_TENANT, TENANT

KEY, CURVE = IssuerKey.rsa("k"), IssuerKey.ec("k")
ISSUER = "https://login.example"
TRUSTED = TokenIssuer(
    ISSUER,
    frozenset({"annex"}),
    tenants=frozenset({TENANT}),
    names=ClaimNames(roles="roles", permissions="realm.permissions"),
    additional_fields=("department",),
)


def claims(**changes: Any) -> dict[str, Any]:
    said = {
        "iss": ISSUER,
        "sub": "u-1",
        "aud": "annex",
        "iat": NOW,
        "exp": NOW + timedelta(minutes=5),
        "tenant_id": str(TENANT),
    }
    return {name: value for name, value in (said | changes).items() if value is not None}


def a_token(*, key: IssuerKey = KEY, headers: dict[str, Any] | None = None, **changes: Any) -> str:
    header = {"kid": "k", "typ": "JWT", **(headers or {})}
    if header["kid"] is None:
        del header["kid"]
    return jwt.encode(claims(**changes), key.private, algorithm=key.algorithm, headers=header)


def judged(
    text: str, *, key: IssuerKey = KEY, issuer: TokenIssuer = TRUSTED, now: datetime = NOW
) -> TokenSubject:
    public = PublicKey.of_jwk(key.to_jwk())
    assert public is not None
    return issuer.subject(read_token(text), public, now=now)


def test_a_good_token_says_who_calls() -> None:
    subject = judged(
        a_token(
            name="Ada",
            email="ada@example.com",
            roles=["viewer"],
            realm={"permissions": "extension:debug platform:admin nonsense"},
            department="R&D",
        )
    )

    assert (subject.subject, subject.tenant_id, subject.kind) == ("u-1", TENANT, None)
    assert subject.roles == {"viewer"}
    assert subject.permissions == {Permission.EXTENSION_DEBUG}
    assert (subject.name, subject.email) == ("Ada", "ada@example.com")
    assert subject.additional_fields == {"department": "R&D"}


def test_what_is_personal_shows_in_no_representation() -> None:
    assert "ada@" not in repr(judged(a_token(email="ada@example.com")))


def test_an_address_that_nobody_verified_is_left_out() -> None:
    assert judged(a_token(email="ada@example.com", email_verified=False)).email == ""


def test_claims_that_the_operator_did_not_name_give_nothing() -> None:
    plain = TokenIssuer(ISSUER, frozenset({"annex"}), tenant=TENANT)

    subject = judged(a_token(roles=["admin"], permissions=["extension:write"]), issuer=plain)

    assert (subject.roles, subject.permissions) == (frozenset(), frozenset())


def unsigned(**changes: Any) -> str:
    return jwt.encode(
        {**claims(**changes), "iat": 1, "exp": 2}, "", algorithm="none", headers={"kid": "k", "typ": "JWT"}
    )


def by_public_key_as_secret() -> str:
    """Sign as RFC 8725 warns: the public key, which everybody has, used as an HMAC secret."""
    secret = KEY.to_jwk()["n"].encode()
    said = {**claims(), "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 60}
    return jwt.encode(said, secret, algorithm="HS256", headers={"kid": "k", "typ": "JWT"})


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "no jwt": (lambda: "a.b.c", "TOKEN_MALFORMED"),
    "two parts": (lambda: "a.b", "TOKEN_MALFORMED"),
    "too long": (lambda: a_token(filler="x" * 8192), "TOKEN_MALFORMED"),
    "no kid": (lambda: a_token(headers={"kid": None}), "TOKEN_MALFORMED"),
    "empty kid": (lambda: a_token(headers={"kid": ""}), "TOKEN_MALFORMED"),
    "no issuer": (lambda: a_token(iss=None), "TOKEN_MALFORMED"),
    "unsigned": (unsigned, "TOKEN_REFUSED"),
    "public key as secret": (by_public_key_as_secret, "TOKEN_REFUSED"),
    "other key": (lambda: a_token(key=IssuerKey.rsa("k")), "TOKEN_REFUSED"),
    "other kind of key": (lambda: a_token(key=CURVE), "TOKEN_REFUSED"),
    "spoilt": (lambda: a_token()[:-8] + "AAAAAAAA", "TOKEN_REFUSED"),
    "other type": (lambda: a_token(headers={"typ": "logout+jwt"}), "TOKEN_REFUSED"),
    "no type": (lambda: a_token(headers={"typ": None}), "TOKEN_REFUSED"),
    "critical header": (lambda: a_token(headers={"crit": ["x"], "x": 1}), "TOKEN_REFUSED"),
    "no subject": (lambda: a_token(sub=None), "TOKEN_REFUSED"),
    "no audience": (lambda: a_token(aud=None), "TOKEN_REFUSED"),
    "no end": (lambda: a_token(exp=None), "TOKEN_REFUSED"),
    "no begin": (lambda: a_token(iat=None), "TOKEN_REFUSED"),
    "odd end": (lambda: a_token(exp=10**30), "TOKEN_REFUSED"),
    "valid for ever": (lambda: a_token(exp=NOW + timedelta(days=2)), "TOKEN_REFUSED"),
    "unknown user type": (lambda: a_token(user_type="robot"), "TOKEN_REFUSED"),
    "roles are no list": (lambda: a_token(roles={"a": 1}), "TOKEN_REFUSED"),
    "expired": (
        lambda: a_token(iat=NOW - timedelta(hours=1), exp=NOW - timedelta(seconds=30)),
        "TOKEN_EXPIRED",
    ),
    "not yet": (lambda: a_token(nbf=NOW + timedelta(seconds=31)), "TOKEN_NOT_YET_VALID"),
    "from the future": (
        lambda: a_token(iat=NOW + timedelta(seconds=31), exp=NOW + timedelta(minutes=5)),
        "TOKEN_NOT_YET_VALID",
    ),
    "other audience": (lambda: a_token(aud=["other", "another"]), "TOKEN_AUDIENCE_MISMATCH"),
    "no tenant": (lambda: a_token(tenant_id=None), "TOKEN_TENANT_REFUSED"),
    "odd tenant": (lambda: a_token(tenant_id="dev"), "TOKEN_TENANT_REFUSED"),
    "foreign tenant": (lambda: a_token(tenant_id=str(OTHER_TENANT)), "TOKEN_TENANT_REFUSED"),
    "two tenants": (lambda: a_token(tenant_id=[str(TENANT)]), "TOKEN_CLAIMS_CONTRADICTORY"),
    "a client with roles": (
        lambda: a_token(user_type="client", roles=["viewer"]),
        "TOKEN_CLAIMS_CONTRADICTORY",
    ),
    "a client id of no client": (lambda: a_token(portal_client_id="c-1"), "TOKEN_CLAIMS_CONTRADICTORY"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_token_with_one_thing_wrong_is_refused_by_name(case: str) -> None:
    make, code = REFUSED[case]

    with pytest.raises(AnnexError) as refusal:
        judged(make())

    assert code_of(type(refusal.value)) == code
    assert "eyJ" not in refusal.value.message


def test_an_issuer_of_one_tenant_speaks_for_no_other() -> None:
    theirs = TokenIssuer(ISSUER, frozenset({"annex"}), tenant=OTHER_TENANT)

    with pytest.raises(AnnexError) as refusal:
        judged(a_token(), issuer=theirs)

    assert code_of(type(refusal.value)) == "TOKEN_CLAIMS_CONTRADICTORY"


def test_an_issuer_of_one_tenant_need_not_name_it() -> None:
    ours = TokenIssuer(ISSUER, frozenset({"annex"}), tenant=TENANT)

    assert judged(a_token(tenant_id=None), issuer=ours).tenant_id == TENANT


@pytest.mark.parametrize("seconds", [-29, 29])
def test_clocks_may_differ_by_half_a_minute(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    text = a_token(iat=moment, exp=moment + timedelta(minutes=1))

    assert judged(text).tenant_id == TENANT


@pytest.mark.parametrize("key", [KEY, CURVE], ids=["rsa", "ec"])
def test_each_kind_of_key_verifies_by_its_own_algorithm(key: IssuerKey) -> None:
    assert judged(a_token(key=key), key=key).subject == "u-1"


def test_an_algorithm_that_the_operator_left_out_is_refused() -> None:
    strict = TokenIssuer(ISSUER, frozenset({"annex"}), tenant=TENANT, algorithms=frozenset({"ES256"}))

    with pytest.raises(AnnexError) as refusal:
        judged(a_token(), issuer=strict)

    assert code_of(type(refusal.value)) == "TOKEN_REFUSED"


@pytest.mark.parametrize(
    ("said", "kind"),
    [("client", PrincipalKind.CLIENT), ("internal", PrincipalKind.USER), ("service", PrincipalKind.SERVICE)],
)
def test_a_token_may_say_what_kind_of_caller_it_is_for(said: str, kind: PrincipalKind) -> None:
    assert judged(a_token(user_type=said)).kind is kind


def test_times_are_read_as_utc() -> None:
    assert judged(a_token()).expires_at == (NOW + timedelta(minutes=5)).astimezone(UTC)
