import pytest

from annex_gateway.domain.request_headers import guest_headers, runner_headers
from unit.gateway.builders import TENANT, an_install, uuid


def seen(*sent: tuple[str, str]) -> list[tuple[str, str]]:
    return guest_headers(sent, install=an_install(), request_id="req_1")


@pytest.mark.parametrize(
    "name",
    [
        "Accept",
        "Accept-Encoding",
        "Accept-Language",
        "Content-Type",
        "User-Agent",
        "X-Alga-Trace",
        "Idempotency-Key",
        "X-Idempotency-Key",
    ],
)
def test_the_guest_sees_an_allowed_header(name: str) -> None:
    assert (name.lower(), "sent") in seen((name, "sent"))


@pytest.mark.parametrize(
    "name",
    [
        "X-Api-Key",
        "Authorization",
        "Cookie",
        "X-Tenant-Id",
        "X-Alga-Tenant",
        "X-Alga-Extension",
        "X-Alga-Admin",
        "X-Alga-User-Id",
        "X-Annex-Service-Token",
        "Host",
        "X-Forwarded-For",
        "X-Request-Id",
        "X-Ext-Install-Id",
    ],
)
def test_the_guest_never_sees_credentials_and_claims_of_the_caller(name: str) -> None:
    assert "sent" not in [value for _, value in seen((name, "sent"))]


def test_repeated_headers_stay_repeated_and_in_order() -> None:
    assert [pair for pair in seen(("Accept", "a"), ("accept", "b")) if pair[0] == "accept"] == [
        ("accept", "a"),
        ("accept", "b"),
    ]


def test_who_calls_what_is_said_by_us() -> None:
    headers = dict(seen(("x-alga-tenant", "somebody else")))

    assert headers["x-alga-tenant"] == str(TENANT)
    assert headers["x-alga-extension"] == str(uuid(2))
    assert headers["x-request-id"] == "req_1"


def test_the_runner_is_told_the_install_and_its_versions() -> None:
    install = an_install(config_version=7, secrets_version=8)

    assert runner_headers(install, idempotency_key="k") == {
        "x-alga-tenant": str(TENANT),
        "x-alga-extension": str(uuid(2)),
        "x-ext-install-id": str(uuid(1)),
        "x-ext-version-id": str(uuid(3)),
        "x-ext-registry-id": str(uuid(2)),
        "x-ext-config-version": "7",
        "x-ext-secrets-version": "8",
        "x-idempotency-key": "k",
    }
    assert "x-idempotency-key" not in runner_headers(install, idempotency_key=None)


def test_what_connection_names_stays_at_the_gateway() -> None:
    sent = [("Connection", "close, X-Alga-Hop"), ("X-Alga-Hop", "1"), ("X-Alga-End", "2")]

    headers = dict(guest_headers(sent, install=an_install(), request_id="req_1"))

    assert "x-alga-hop" not in headers
    assert headers["x-alga-end"] == "2"
