import hashlib

import pytest
from pydantic import BaseModel, ValidationError

from annex_shared.content_hash import ContentHash, ContentHasher, InvalidContentHash

# FIPS 180-2, appendix B.1.
ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


class _Body(BaseModel):
    content_hash: ContentHash


def test_a_hash_is_written_and_read_in_one_spelling() -> None:
    content_hash = ContentHash.of(b"abc")

    assert str(content_hash) == ABC
    assert ContentHash.parse(ABC) == content_hash
    assert content_hash.hex == ABC.removeprefix("sha256:")
    assert content_hash.short == "sha256:ba7816bf8f01…"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        ABC.upper(),
        ABC[:-1],
        ABC + "0",
        f"{ABC}\n",
        ABC.removeprefix("sha256:"),
        "md5:" + "0" * 32,
    ],
)
def test_any_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(InvalidContentHash):
        ContentHash.parse(text)


def test_a_refusal_shows_the_text_safely() -> None:
    with pytest.raises(InvalidContentHash) as refused:
        ContentHash.parse("\u202e" + "x" * 1000)

    assert "\u202e" not in refused.value.message
    assert len(refused.value.message) < 200


def test_a_digest_of_another_size_is_refused() -> None:
    with pytest.raises(InvalidContentHash):
        ContentHash(bytes(31))


def test_a_stream_hashes_like_its_whole() -> None:
    hasher = ContentHasher()
    for chunk in (b"a", b"", b"bc"):
        hasher.update(chunk)

    assert hasher.content_hash() == ContentHash(hashlib.sha256(b"abc").digest())
    assert hasher.size_bytes == 3


def test_bodies_carry_hashes_as_text() -> None:
    body = _Body.model_validate_json(f'{{"content_hash": "{ABC}"}}')

    assert body.content_hash == ContentHash.of(b"abc")
    assert body.model_dump_json() == f'{{"content_hash":"{ABC}"}}'
    assert _Body(content_hash=body.content_hash) == body
    with pytest.raises(ValidationError):
        _Body.model_validate_json('{"content_hash": "sha256:abc"}')
