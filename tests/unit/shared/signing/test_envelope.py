import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.content_hash import ContentHash
from annex_shared.names import ExtensionName, PublisherSlug
from annex_shared.signing import BundleStatement, SigningKey, sign_statement, verify_envelope
from annex_shared.signing.errors import (
    SignatureInvalid,
    SignatureMalformed,
    SignatureMismatch,
    SignatureRefused,
    SignerUnknown,
)
from annex_shared.version_number import VersionNumber

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))))
STATEMENT = BundleStatement(
    PublisherSlug("acme"), ExtensionName("invoice-notes"), VersionNumber("1.4.0"), ContentHash.of(b"archive")
)
# SHA-256 of "archive", computed with sha256sum.
PAYLOAD = (
    b'{"content_hash":"sha256:0eb3e36bfb24dcd9bb1d1bece1531216b59539a8fde17ee80224af0653c92aa3",'
    b'"name":"invoice-notes","publisher":"acme","version":"1.4.0"}'
)
CHANGED = PAYLOAD.replace(b"1.4.0", b"1.4.1")
TYPE = "application/vnd.annex.bundle+json"


def _pae(payload: bytes, kind: str = TYPE) -> bytes:
    """Write the pre-authentication encoding from the DSSE specification, independently of any library."""
    encoded = kind.encode()
    return b" ".join([b"DSSEv1", str(len(encoded)).encode(), encoded, str(len(payload)).encode(), payload])


def _envelope(
    payload: bytes = PAYLOAD, *, key: SigningKey = KEY, kind: str = TYPE, **changes: Any
) -> dict[str, Any]:
    signature = key.private_key.sign(_pae(payload, kind))
    document = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": key.public.key_id, "sig": base64.b64encode(signature).decode()}],
    }
    return {**document, **changes}


def _verify(document: dict[str, Any], statement: BundleStatement = STATEMENT) -> tuple[str, ...]:
    return verify_envelope(json.dumps(document), statement, [KEY.public]).key_ids


def test_the_pre_authentication_encoding_is_the_specifications() -> None:
    assert _pae(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_what_we_sign_verifies_without_our_code() -> None:
    document = json.loads(sign_statement(STATEMENT, [KEY]))

    payload = base64.b64decode(document["payload"], validate=True)
    signature = base64.b64decode(document["signatures"][0]["sig"], validate=True)
    assert payload == PAYLOAD
    assert document["payloadType"] == TYPE
    assert document["signatures"][0]["keyid"] == KEY.public.key_id
    Ed25519PublicKey.from_public_bytes(KEY.public.raw).verify(signature, _pae(payload))


def test_what_others_sign_verifies_with_our_code() -> None:
    assert _verify(_envelope()) == (KEY.public.key_id,)


def test_a_payload_is_verified_as_its_bytes_however_it_is_spelled() -> None:
    spelled = json.dumps(json.loads(PAYLOAD), indent=4).encode()

    assert _verify(_envelope(spelled)) == (KEY.public.key_id,)


def test_the_url_safe_alphabet_is_accepted_too() -> None:
    document = _envelope()
    for signature in document["signatures"]:
        signature["sig"] = signature["sig"].replace("+", "-").replace("/", "_")

    assert _verify(document) == (KEY.public.key_id,)


def test_every_trusted_signer_is_named_and_strangers_are_ignored() -> None:
    stranger = SigningKey.generate()
    text = sign_statement(STATEMENT, [stranger, OTHER, KEY])

    verified = verify_envelope(text, STATEMENT, [KEY.public, OTHER.public])

    assert verified.key_ids == (KEY.public.key_id, OTHER.public.key_id)


def test_signing_is_deterministic() -> None:
    assert sign_statement(STATEMENT, [KEY]) == sign_statement(STATEMENT, [KEY])


def test_signing_without_keys_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        sign_statement(STATEMENT, [])


def test_an_unknown_signer_is_named() -> None:
    with pytest.raises(SignerUnknown) as refused:
        _verify(_envelope(key=OTHER))

    assert refused.value.details["key_ids"] == [OTHER.public.key_id]
    assert OTHER.public.key_id in refused.value.message


def test_nobody_is_trusted_by_an_empty_list() -> None:
    with pytest.raises(SignerUnknown):
        verify_envelope(sign_statement(STATEMENT, [KEY]), STATEMENT, [])


@pytest.mark.parametrize(
    ("field", "statement"),
    [
        ("publisher", replace(STATEMENT, publisher=PublisherSlug("evil"))),
        ("name", replace(STATEMENT, name=ExtensionName("other"))),
        ("version", replace(STATEMENT, version=VersionNumber("1.4.1"))),
        ("content_hash", replace(STATEMENT, content_hash=ContentHash.of(b"other"))),
    ],
)
def test_a_signature_for_another_bundle_names_the_difference(field: str, statement: BundleStatement) -> None:
    with pytest.raises(SignatureMismatch) as refused:
        _verify(_envelope(), statement)

    assert refused.value.details["field"] == field
    assert refused.value.details["signed"] == STATEMENT.to_facts()[field]


def test_build_metadata_is_part_of_what_was_signed() -> None:
    built = replace(STATEMENT, version=VersionNumber("1.4.0+build.2"))

    with pytest.raises(SignatureMismatch):
        _verify(_envelope(), built)


def _with_signature(**fields: str) -> dict[str, Any]:
    document = _envelope()
    return {**document, "signatures": [{**document["signatures"][0], **fields}]}


@pytest.mark.parametrize(
    "document",
    [
        _envelope(CHANGED) | {"payload": base64.b64encode(PAYLOAD).decode()},
        _envelope() | {"payload": base64.b64encode(CHANGED).decode()},
        _with_signature(sig=base64.b64encode(bytes(64)).decode()),
        _with_signature(sig=base64.b64encode(b"short").decode()),
        _with_signature(sig=""),
        _with_signature(sig=_envelope(key=OTHER)["signatures"][0]["sig"]),
    ],
    ids=["signed-another-payload", "payload-changed", "zeros", "short", "empty", "another-keys-signature"],
)
def test_a_false_signature_in_a_trusted_name_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(SignatureInvalid) as refused:
        _verify(document)

    assert refused.value.details["key_ids"] == [KEY.public.key_id]


def test_the_payload_type_is_part_of_what_was_signed() -> None:
    document = _envelope(kind="text/plain") | {"payloadType": TYPE}

    with pytest.raises(SignatureInvalid):
        _verify(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "{}",
        json.dumps(_envelope(signatures=[])),
        json.dumps(_envelope(signatures=[{}])),
        json.dumps(_envelope(signatures=[{"sig": "AA=="}])),
        json.dumps(_envelope(signatures=[{"sig": 7, "keyid": "a"}])),
        json.dumps(_envelope(signatures="all")),
        json.dumps(_envelope() | {"payload": 7}),
        json.dumps(_envelope() | {"payload": "%%%"}),
        json.dumps(_envelope() | {"payload": "a"}),
        json.dumps(_envelope(kind="application/vnd.in-toto+json")),
        json.dumps(_with_signature(sig="%%%")),
        json.dumps(_envelope(signatures=_envelope()["signatures"] * 2)),
        json.dumps(_envelope(signatures=[{"sig": "AA==", "keyid": str(n)} for n in range(33)])),
        json.dumps(_envelope()) + " " * (64 << 10),
        '{"payload":"a","payload":"b"}',
        "\ud800",
    ],
)
def test_what_is_no_envelope_is_refused(text: str) -> None:
    with pytest.raises(SignatureMalformed):
        verify_envelope(text, STATEMENT, [KEY.public])


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        PAYLOAD.replace(b'"version"', b'"number"'),
        PAYLOAD.replace(b"}", b',"extra":"x"}'),
        PAYLOAD.replace(b'"1.4.0"', b"1"),
        PAYLOAD.replace(b"}", b',"name":"twice"}'),
    ],
)
def test_a_signed_payload_that_is_no_statement_is_refused(payload: bytes) -> None:
    with pytest.raises(SignatureMalformed):
        _verify(_envelope(payload))


@given(st.text(max_size=300))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(SignatureRefused):
        verify_envelope(text, STATEMENT, [KEY.public])


@given(st.data())
def test_no_changed_byte_of_an_envelope_verifies_for_another_statement(data: st.DataObject) -> None:
    text = bytearray(sign_statement(STATEMENT, [KEY]).encode())
    text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(32, 126))
    other = replace(STATEMENT, version=VersionNumber("1.4.1"))

    with pytest.raises(SignatureRefused):
        verify_envelope(text.decode(), other, [KEY.public])
