"""The operator's file of token issuers, read at the start; a mistake in it stops the start by name."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from annex_gateway.domain.bearer_tokens import ClaimNames, TokenIssuer
from annex_shared.errors import AnnexError
from annex_shared.http.issuer_keys import IssuerAddress, check_issuer
from annex_shared.ids import TenantId
from annex_shared.issued_tokens import ALGORITHMS
from annex_shared.permissions import Permission


class TokenIssuersUnusable(AnnexError):
    """The file of token issuers cannot be read, or describes an issuer that cannot be used."""


def _address(text: str) -> str:
    mistake = check_issuer(text)
    if mistake is not None:
        raise ValueError(mistake)
    return text


def _algorithm(text: str) -> str:
    if text not in ALGORITHMS:
        raise ValueError(f"known algorithms: {', '.join(ALGORITHMS)}")
    return text


Address = Annotated[str, AfterValidator(_address)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
_ALL_BUT_ADMIN = frozenset(Permission) - {Permission.PLATFORM_ADMIN}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ClaimsDocument(_Strict):
    """The names of an issuer's claims."""

    tenant: Name = "tenant_id"
    roles: Name | None = None
    permissions: Name | None = None
    email: Name = "email"
    name: Name = "name"
    user_type: Name = "user_type"
    client_id: Name = "portal_client_id"
    client_name: Name = "portal_client_name"

    def to_names(self) -> ClaimNames:
        return ClaimNames(**self.model_dump())


class IssuerDocument(_Strict):
    """One issuer."""

    issuer: Address
    audiences: frozenset[Name] = Field(min_length=1)
    jwks_url: Address | None = None
    key_hosts: frozenset[Name] = frozenset()
    tenant: UUID | None = None
    tenants: frozenset[UUID] | None = None
    any_tenant: bool = False
    algorithms: frozenset[Annotated[str, AfterValidator(_algorithm)]] | None = None
    types: frozenset[Name] = frozenset({"JWT", "at+jwt"})
    claims: ClaimsDocument = ClaimsDocument()
    additional_fields: tuple[Name, ...] = Field(default=(), max_length=20)
    max_permissions: frozenset[Permission] = _ALL_BUT_ADMIN
    max_lifetime_seconds: int = Field(default=86_400, ge=60, le=30 * 86_400)

    @model_validator(mode="after")
    def _says_whom_it_speaks_for(self) -> "IssuerDocument":
        said = [self.tenant is not None, self.tenants is not None, self.any_tenant]
        if said.count(True) != 1:
            raise ValueError('say one of "tenant", "tenants" and "any_tenant": whom the issuer speaks for')
        return self

    def to_issuer(self) -> TokenIssuer:
        return TokenIssuer(
            issuer=self.issuer,
            audiences=self.audiences,
            tenant=None if self.tenant is None else TenantId(self.tenant),
            tenants=None if self.tenants is None else frozenset(TenantId(one) for one in self.tenants),
            algorithms=self.algorithms,
            types=frozenset(name.lower().removeprefix("application/") for name in self.types),
            names=self.claims.to_names(),
            additional_fields=self.additional_fields,
            ceiling=self.max_permissions,
            max_lifetime=timedelta(seconds=self.max_lifetime_seconds),
        )

    def to_address(self) -> IssuerAddress:
        return IssuerAddress(self.issuer, self.jwks_url, self.key_hosts)


class IssuersDocument(_Strict):
    """The file."""

    issuers: tuple[IssuerDocument, ...] = Field(max_length=50)

    @model_validator(mode="after")
    def _names_each_once(self) -> "IssuersDocument":
        if len({one.issuer for one in self.issuers}) != len(self.issuers):
            raise ValueError("an issuer stands in it twice")
        return self


def load_token_issuers(path: Path) -> tuple[list[TokenIssuer], list[IssuerAddress]]:
    """Raise TokenIssuersUnusable."""
    try:
        document = IssuersDocument.model_validate_json(path.read_bytes())
    except OSError as error:
        raise TokenIssuersUnusable(f"TOKEN_ISSUERS_FILE cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        mistakes = [
            f"{'.'.join(str(part) for part in mistake['loc'])}: {mistake['msg']}"
            for mistake in error.errors(include_input=False, include_url=False)
        ]
        raise TokenIssuersUnusable(f"TOKEN_ISSUERS_FILE: {'; '.join(mistakes)}.") from None
    return [one.to_issuer() for one in document.issuers], [one.to_address() for one in document.issuers]
