from typing import Any
from uuid import UUID

import pytest

from annex_registry.domain.publication import FinalizeCommand, SentSignature
from annex_shared.content_hash import ContentHash
from annex_shared.ids import UploadId
from annex_shared.names import ExtensionRef

CONTENT = ContentHash.of(b"bundle")
SIGNATURE = SentSignature("dsse-ed25519", "{}")


def digest(content_hash: ContentHash = CONTENT, *, upload: int = 1, **declared: Any) -> bytes:
    command = FinalizeCommand(
        UploadId(UUID(int=upload)), request_id=f"req_{upload}", idempotency_key="once", **declared
    )
    claim = command.claim("rosa", content_hash)
    assert claim is not None
    return claim.request_digest


def test_without_a_key_nothing_is_claimed() -> None:
    command = FinalizeCommand(UploadId(UUID(int=1)), request_id="req_1")

    assert command.claim("rosa", CONTENT) is None


def test_the_same_bytes_under_another_upload_are_the_same_request() -> None:
    declared: dict[str, Any] = {"signature": SIGNATURE, "manifest": {"a": 1, "b": 2}}

    assert digest(upload=1, **declared) == digest(upload=2, **declared)


def test_the_order_of_a_declared_manifest_says_nothing() -> None:
    assert digest(manifest={"a": 1, "b": 2}) == digest(manifest={"b": 2, "a": 1})


@pytest.mark.parametrize(
    "changed",
    [
        {"content_hash": ContentHash.of(b"other")},
        {"signature": SIGNATURE},
        {"manifest": {"a": 1}},
        {"manifest": '{"a":1}'},
        {"extension": ExtensionRef.parse("acme/notes")},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_content_or_another_declaration_is_another_request(changed: dict[str, Any]) -> None:
    assert digest(**changed) != digest()
