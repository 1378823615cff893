import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from annex_runner_proxy.api.compatibility import (
    PredecessorsRefusal,
    narrowing_of,
    refuse_unknown_capabilities,
    require_routing_headers,
    text_of,
)
from annex_runner_proxy.domain import errors
from annex_runner_proxy.domain.errors import CallerRefused
from annex_shared.contracts.execute import ExecuteRequest
from unit.runner_proxy.fakes import EXTENSION, HASH, OTHER_TENANT, TENANT

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def _request(**members: Any) -> ExecuteRequest:
    context = {"tenant_id": str(TENANT), "extension_id": str(EXTENSION), "content_hash": str(HASH)}
    context |= members.pop("context", {})
    return ExecuteRequest.model_validate(
        {"context": context, "http": {"method": "GET", "path": "/"}, **members}
    )


def _envelope(values: object = None, **members: Any) -> dict[str, Any]:
    text = json.dumps({"api_key": "theirs"} if values is None else values)
    return {"ciphertext_b64": base64.b64encode(text.encode()).decode(), **members}


def _narrowing(**members: Any) -> Any:
    return narrowing_of(_request(**members), capabilities=frozenset({"cap:http.fetch"}), clock=StoppedClock())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-alga-tenant": str(TENANT)},
        {"x-alga-extension": "e"},
        {"x-alga-tenant": " ", "x-alga-extension": "e"},
    ],
    ids=["none", "no extension", "no tenant", "blank tenant"],
)
def test_missing_routing_headers_have_the_contracts_text(headers: dict[str, str]) -> None:
    with pytest.raises(PredecessorsRefusal) as refusal:
        require_routing_headers(headers, _request())

    assert (refusal.value.status, refusal.value.error) == (400, "missing_routing_headers")


def test_routing_headers_that_name_another_tenant_are_no_authority() -> None:
    with pytest.raises(CallerRefused):
        require_routing_headers(
            {"x-alga-tenant": str(OTHER_TENANT), "x-alga-extension": str(EXTENSION)}, _request()
        )


def test_unknown_capabilities_are_listed_as_they_were_written() -> None:
    request = _request(providers=[" Cap:HTTP.fetch ", "cap:fly", "storage.kv", "levitate"])

    with pytest.raises(PredecessorsRefusal) as refusal:
        refuse_unknown_capabilities(request)

    assert (refusal.value.status, refusal.value.error) == (400, "unknown_capabilities: cap:fly, levitate")


def test_known_capabilities_are_read_in_any_spelling() -> None:
    request = _request(providers=[" Cap:HTTP.fetch ", "storage.kv"])

    assert refuse_unknown_capabilities(request) == {"cap:http.fetch", "cap:storage.kv"}


def test_members_that_are_absent_take_nothing_away() -> None:
    narrowing = _narrowing()

    assert (narrowing.capabilities, narrowing.config_keys, narrowing.secret_names) == (None, None, None)


def test_members_that_are_there_are_read_as_names() -> None:
    narrowing = _narrowing(
        providers=["cap:http.fetch"], context={"config": {"a": "forged"}}, secret_envelope=_envelope()
    )

    assert "cap:http.fetch" in narrowing.capabilities
    assert "cap:log.emit" in narrowing.capabilities
    assert narrowing.config_keys == {"a"}
    assert narrowing.secret_names == {"api_key"}


def test_envelope_sealed_by_vault_names_nothing() -> None:
    envelope = {"ciphertext_b64": "dmF1bHQ6djE6YWJj", "algorithm": "vault-transit:v1", "key_path": "k"}

    assert _narrowing(secret_envelope=envelope).secret_names is None


@pytest.mark.parametrize(
    "envelope",
    [
        {"ciphertext_b64": "%%%"},
        {"ciphertext_b64": base64.b64encode(b"not json").decode()},
        _envelope(["a", "list"]),
        _envelope(expires_at="2025-12-31T23:59:59Z"),
        _envelope(expires_at="2026-01-01T00:00:00Z"),
        _envelope(expires_at="soon"),
        _envelope(expires_at="2027-01-01T00:00:00"),
        {"ciphertext_b64": "eA==", "algorithm": "vault-transit:v1", "expires_at": "2020-01-01T00:00:00Z"},
    ],
    ids=[
        "no base64",
        "no json",
        "no object",
        "expired",
        "expires now",
        "no time",
        "no zone",
        "vault, expired",
    ],
)
def test_envelope_that_cannot_be_used_has_the_contracts_text(envelope: dict[str, Any]) -> None:
    with pytest.raises(PredecessorsRefusal) as refusal:
        _narrowing(secret_envelope=envelope)

    assert (refusal.value.status, refusal.value.error) == (500, "secret_decrypt_failed")


def test_envelope_that_is_still_good_is_read() -> None:
    assert _narrowing(secret_envelope=_envelope(expires_at="2026-01-01T00:00:01Z")).secret_names == {
        "api_key"
    }


@pytest.mark.parametrize(
    ("kind", "code", "status", "start"),
    [
        (errors.BundleNotFound, "BUNDLE_NOT_FOUND", 502, "bundle_fetch_failed: BUNDLE_NOT_FOUND: "),
        (errors.IntegrityMismatch, "INTEGRITY_MISMATCH", 502, "bundle_fetch_failed: "),
        (errors.WorkerFault, "WORKER_FAULT", 500, "engine_init_failed: WORKER_FAULT: "),
        (errors.GuestTrap, "GUEST_TRAP", 500, "execute_failed: GUEST_TRAP: "),
        (errors.DeadlineExceeded, "DEADLINE_EXCEEDED", 500, "execute_failed: DEADLINE_EXCEEDED: "),
        (errors.InstallNotFound, "INSTALL_NOT_FOUND", 500, "execute_failed: INSTALL_NOT_FOUND: "),
    ],
)
def test_named_ends_have_the_contracts_status_and_text(
    kind: type[errors.RunnerError], code: str, status: int, start: str
) -> None:
    told_status, text = text_of(kind("What happened."), code)

    assert told_status == status
    assert text.startswith(start)
    assert text.endswith("What happened.")
