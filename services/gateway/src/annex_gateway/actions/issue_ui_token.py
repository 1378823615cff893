"""Make a UI token for a page of one install, on the word of a session or an API key."""

from dataclasses import dataclass, field
from datetime import timedelta

from annex_gateway.actions.policies import Policies
from annex_gateway.actions.switches import require_switched_on
from annex_gateway.domain.access import require_may_call
from annex_gateway.domain.api_keys import CredentialKind, Identity
from annex_gateway.domain.credentials import Credentials
from annex_gateway.domain.errors import UiTokenNeedsSession
from annex_gateway.domain.sessions import SessionSecret
from annex_gateway.domain.ui_tokens import Ground, InstallBounds, UiToken
from annex_shared.clock import Clock


@dataclass(frozen=True, slots=True)
class UiTokens:
    """What making a UI token takes."""

    pepper: bytes = field(repr=False)
    clock: Clock
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class IssuedUiToken:
    """A token and its text, which is shown this once."""

    token: UiToken
    text: str = field(repr=False)


async def issue_ui_token(
    identity: Identity,
    extension: str,
    *,
    credentials: Credentials,
    policies: Policies,
    ui_tokens: UiTokens,
) -> IssuedUiToken:
    """Make a token for whoever may read the extension now.

    Raises what a call of the extension raises up to its endpoint, and UiTokenNeedsSession.
    """
    policies.projections.freshness.require()
    install = await policies.projections.resolve_install(identity.tenant_id, extension)
    install.require_enabled()
    policies.projections.require_unblocked(install)
    require_switched_on(policies.controls.of(install))
    # Nothing is known of a version before its endpoints are.
    await policies.projections.endpoints(install.version_id)
    is_for_clients = policies.projections.versions.is_for_clients(install.version_id)
    require_may_call(identity, "GET", is_for_clients=is_for_clients)
    ground, ground_id = _ground(identity, credentials, pepper=ui_tokens.pepper)
    now = ui_tokens.clock.now()
    ends = now + ui_tokens.lifetime
    token = UiToken(
        tenant_id=identity.tenant_id,
        principal_id=identity.principal_id,
        bounds=InstallBounds.of(install),
        ground=ground,
        ground_id=ground_id,
        issued_at=now,
        expires_at=ends if identity.expires_at is None else min(ends, identity.expires_at),
    )
    return IssuedUiToken(token, token.sealed(ui_tokens.pepper))


def _ground(identity: Identity, credentials: Credentials, *, pepper: bytes) -> tuple[Ground, bytes]:
    match identity.credential:
        case CredentialKind.SESSION:
            secret = SessionSecret.parse(credentials.presented().text)
            return Ground.SESSION, secret.hashed(pepper)
        case CredentialKind.API_KEY:
            return Ground.API_KEY, identity.key_id.encode("ascii")
        case CredentialKind.TOKEN | CredentialKind.UI_TOKEN:
            raise UiTokenNeedsSession(
                "A UI token stands on a session or an API key. Start a session with your token first: "
                "POST /api/v1/sessions."
            )
