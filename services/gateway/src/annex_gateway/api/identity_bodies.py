"""Bodies of the routes about identity."""

from datetime import datetime
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

from annex_gateway.actions.sign_in import SignInLink
from annex_gateway.domain.api_keys import Identity, PrincipalKind
from annex_gateway.domain.identity_changes import RecordedChange
from annex_gateway.domain.identity_ports import PrincipalListing, RecordedDebugSession
from annex_gateway.domain.roles import Role
from annex_shared.contracts.wire import Exchanged, Received
from annex_shared.permissions import Permission


class PermissionSource(Exchanged):
    """Permissions and where they come from: `credential`, or `role:<name>`."""

    source: str
    permissions: list[str]


class WhoAmI(Exchanged):
    """`GET /api/v1/me`: whom the credential speaks for. ``expires_at`` is null for one without an end."""

    principal_id: str
    kind: str
    tenant_id: str
    credential: str
    key_id: str
    name: str | None
    client_id: str | None
    permissions: list[str]
    sources: list[PermissionSource]
    roles: list[str]
    is_tenant_admin: bool
    expires_at: datetime | None

    @classmethod
    def of(cls, identity: Identity) -> "WhoAmI":
        user, roles = identity.user, identity.roles
        own = identity.permissions.difference(*roles.values())
        sources = {"credential": own} | {f"role:{name}": given for name, given in sorted(roles.items())}
        return cls(
            principal_id=str(identity.principal_id),
            kind=identity.kind,
            tenant_id=str(identity.tenant_id),
            credential=identity.credential,
            key_id=identity.key_id,
            name=None if user is None else user.name,
            client_id=None if user is None else user.client_id,
            permissions=sorted(identity.permissions),
            sources=[
                PermissionSource(source=source, permissions=sorted(given))
                for source, given in sources.items()
                if given
            ],
            roles=sorted(roles),
            is_tenant_admin=identity.is_tenant_admin,
            expires_at=identity.expires_at,
        )


class CreatePrincipal(Received):
    """`POST /api/v1/principals`; with ``issuer`` and ``subject`` it signs in with that issuer's tokens."""

    name: str = Field(min_length=1, max_length=200)
    kind: PrincipalKind = PrincipalKind.USER
    display_name: str | None = Field(default=None, min_length=1, max_length=256)
    issuer: str | None = Field(default=None, min_length=1, max_length=512)
    subject: str | None = Field(default=None, min_length=1, max_length=256)
    client_id: str | None = Field(default=None, min_length=1, max_length=256)
    tenant_id: UUID | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "CreatePrincipal":
        if (self.issuer is None) != (self.subject is None):
            raise ValueError("issuer and subject come together")
        if self.client_id is not None and self.kind is not PrincipalKind.CLIENT:
            raise ValueError("only a principal of the kind client has a client_id")
        return self


class ChangePrincipal(Received):
    """`PATCH /api/v1/principals/{principal_id}`: what is left out stays."""

    enabled: bool | None = None
    client_id: str | None = Field(default=None, min_length=1, max_length=256)


class PrincipalView(Exchanged):
    """A principal with the roles assigned to it; those that a token names are not here."""

    principal_id: str
    tenant_id: str
    kind: str
    name: str
    display_name: str | None
    issuer: str | None
    subject: str | None
    client_id: str | None
    roles: list[str]
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def of(cls, listing: PrincipalListing) -> "PrincipalView":
        principal = listing.principal
        return cls(
            principal_id=str(principal.principal_id),
            tenant_id=str(principal.tenant_id),
            kind=principal.kind,
            name=principal.name,
            display_name=listing.display_name,
            issuer=listing.issuer,
            subject=listing.subject,
            client_id=listing.client_id,
            roles=sorted(listing.roles),
            created_at=listing.created_at,
            disabled_at=listing.disabled_at,
        )


class PrincipalViews(Exchanged):
    """``next_after`` is the ``after`` of the next page, null on the last one."""

    items: list[PrincipalView]
    next_after: str | None


class PutRole(Received):
    """`PUT /api/v1/roles/{name}`."""

    permissions: list[Permission] = Field(min_length=1)
    description: str = Field(default="", max_length=500)


class RoleView(Exchanged):
    name: str
    permissions: list[str]
    description: str
    built_in: bool

    @classmethod
    def of(cls, role: Role) -> "RoleView":
        return cls(
            name=role.name,
            permissions=sorted(role.permissions),
            description=role.description,
            built_in=role.is_built_in,
        )


class RoleViews(Exchanged):
    items: list[RoleView]


class StartSession(Received):
    """`POST /api/v1/sessions`: empty with a credential, or the token of a sign-in link without one."""

    link: str | None = Field(default=None, max_length=100)


class SessionView(Exchanged):
    """The session of this browser; ``csrf_token`` goes into ``x-csrf-token`` of what changes something."""

    csrf_token: str
    expires_at: datetime


class CreateSignInLink(Received):
    """`POST /api/v1/sign-in-links`: for oneself, or as a platform administrator for another principal."""

    principal_id: UUID | None = None


class SignInLinkView(Exchanged):
    """``link`` is shown this once, signs in once, and is sent as `link` to `POST /api/v1/sessions`."""

    link: str
    principal_id: str
    expires_at: datetime

    @classmethod
    def of(cls, link: SignInLink) -> "SignInLinkView":
        return cls(link=link.token, principal_id=str(link.principal_id), expires_at=link.expires_at)


class ChangeView(Exchanged):
    """One entry of the record. ``actor_principal_id`` is null for the platform itself."""

    number: int
    change: str
    tenant_id: str
    subject: str
    actor_principal_id: str | None
    actor_credential: str
    request_id: str
    at: datetime
    details: dict[str, JsonValue]

    @classmethod
    def of(cls, recorded: RecordedChange) -> "ChangeView":
        entry, actor = recorded.entry, recorded.entry.actor
        return cls(
            number=recorded.number,
            change=entry.change,
            tenant_id=str(entry.tenant_id),
            subject=entry.subject,
            actor_principal_id=None if actor.principal_id is None else str(actor.principal_id),
            actor_credential=actor.credential,
            request_id=actor.request_id,
            at=entry.at,
            details=dict(entry.details),
        )


class ChangeViews(Exchanged):
    """Newest first; ``next_before`` is the ``before`` of the next page, null on the last one."""

    items: list[ChangeView]
    next_before: int | None


class DebugSessionView(Exchanged):
    """Who watched which extension's lines; ``ended_at`` is null while somebody does, and for who polls."""

    session_id: str
    tenant_id: str
    principal_id: str
    credential: str
    extension_id: str
    install_id: str | None
    request_id: str | None
    kind: str
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    lines: int | None

    @classmethod
    def of(cls, recorded: RecordedDebugSession) -> "DebugSessionView":
        session = recorded.session
        return cls(
            session_id=str(session.session_id),
            tenant_id=str(session.tenant_id),
            principal_id=str(session.principal_id),
            credential=session.key_id,
            extension_id=str(session.extension_id),
            install_id=session.wanted.install,
            request_id=session.wanted.request,
            kind=session.kind,
            started_at=session.started_at,
            ended_at=recorded.ended_at,
            end_reason=recorded.end_reason,
            lines=recorded.lines,
        )


class DebugSessionViews(Exchanged):
    """Newest first; ``next_before`` is the ``before`` of the next page, null on the last one."""

    items: list[DebugSessionView]
    next_before: str | None
