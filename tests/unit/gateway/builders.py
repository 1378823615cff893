"""Values the gateway's tests start from; every field can be said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from annex_gateway.domain.api_keys import ApiKey, ApiKeyText
from annex_gateway.domain.endpoints import Endpoint
from annex_gateway.domain.installs import Install
from annex_gateway.domain.ports import RunnerRefusal
from annex_gateway.domain.rate_limits import RateLimit, Rates
from annex_gateway.domain.versions import Version
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.problems import ProblemDocument
from annex_shared.ids import ExtensionId, InstallId, PrincipalId, TenantId, VersionId
from annex_shared.permissions import Permission

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PEPPER = b"a pepper that only the tests know"


def uuid(number: int) -> UUID:
    return UUID(int=number)


TENANT = TenantId(uuid(0xA))
OTHER_TENANT = TenantId(uuid(0xB))
EVERYTHING = frozenset(Permission)

_INSTALL = Install(
    install_id=InstallId(uuid(1)),
    tenant_id=TENANT,
    extension_id=ExtensionId(uuid(2)),
    publisher="acme",
    name="notes",
    version_id=VersionId(uuid(3)),
    content_hash=ContentHash.of(b"notes 1.0.0"),
    is_enabled=True,
    revision=1,
    config_version=1,
    secrets_version=1,
)


def an_install(**changes: Any) -> Install:
    return replace(_INSTALL, **changes)


def a_version(*endpoints: tuple[str, str], **changes: Any) -> Version:
    declared = tuple(Endpoint(method, path) for method, path in endpoints or (("GET", "/notes"),))
    return replace(Version(1, VersionId(uuid(3)), declared), **changes)


def a_key_text(seed: int = 1) -> ApiKeyText:
    return ApiKeyText.mint(lambda count: bytes([seed]) * count)


def an_api_key(text: ApiKeyText | None = None, **changes: Any) -> ApiKey:
    text = text or a_key_text()
    key = ApiKey(
        key_id=text.key_id,
        principal_id=PrincipalId(uuid(0xC)),
        tenant_id=TENANT,
        secret_hash=text.secret_hash(PEPPER),
        permissions=EVERYTHING,
        created_at=NOW - timedelta(days=1),
    )
    return replace(key, **changes)


def some_rates(limit: RateLimit = RateLimit(10, 30)) -> Rates:  # noqa: B008 - frozen
    return Rates(tenant=limit, install=limit, extension=limit, user=limit)


def a_refusal(
    code: str = "GUEST_TRAP",
    status: int = 502,
    *,
    effects: int | None = None,
    is_retryable: bool = False,
    retry_after_seconds: int | None = None,
) -> RunnerRefusal:
    """Say what the runner says; without ``effects`` it does not count any."""
    document = ProblemDocument(
        type=f"/errors/{code.lower().replace('_', '-')}",
        title=code,
        status=status,
        detail="No answer.",
        instance="/v1/execute",
        code=code,
        message="No answer.",
        request_id="req_1",
        retryable=is_retryable,
        details={} if effects is None else {"effects": effects, "execution_id": "run-1"},
    )
    return RunnerRefusal(document, retry_after_seconds)
