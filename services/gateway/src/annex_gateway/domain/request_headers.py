"""Which request headers reach the guest; everything else, credentials first of all, stays here."""

from collections.abc import Iterable

from annex_gateway.domain.installs import Install

Pairs = list[tuple[str, str]]

_ALLOWED = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "content-type",
        "idempotency-key",
        "user-agent",
        "x-idempotency-key",
    }
)
_VENDOR_PREFIX = "x-alga-"
# Only we say who calls; a guest may trust these.
_IDENTITY_PREFIXES = ("x-alga-admin", "x-alga-extension", "x-alga-install", "x-alga-tenant", "x-alga-user")


def guest_headers(sent: Iterable[tuple[str, str]], *, install: Install, request_id: str) -> Pairs:
    """Keep what is allowed, in order and with repeats, and add who and what this call is.

    A header that ``Connection`` names was for us alone (RFC 9110, section 7.6.1).
    """
    pairs = [(name.lower(), value) for name, value in sent]
    ours = {
        token.strip().lower() for name, value in pairs if name == "connection" for token in value.split(",")
    }
    kept = [(name, value) for name, value in pairs if name not in ours and _is_allowed(name)]
    return [
        *kept,
        ("x-request-id", request_id),
        ("x-alga-tenant", str(install.tenant_id)),
        ("x-alga-extension", str(install.extension_id)),
    ]


def _is_allowed(name: str) -> bool:
    if name in _ALLOWED:
        return True
    return name.startswith(_VENDOR_PREFIX) and not name.startswith(_IDENTITY_PREFIXES)


def runner_headers(install: Install, *, idempotency_key: str | None) -> dict[str, str]:
    """Name the install to the runner; its versions tell the runner to drop an older copy of its own."""
    headers = {
        "x-alga-tenant": str(install.tenant_id),
        "x-alga-extension": str(install.extension_id),
        "x-ext-install-id": str(install.install_id),
        "x-ext-version-id": str(install.version_id),
        "x-ext-registry-id": str(install.extension_id),
        "x-ext-config-version": str(install.config_version),
        "x-ext-secrets-version": str(install.secrets_version),
    }
    if idempotency_key is not None:
        headers["x-idempotency-key"] = idempotency_key
    return headers
