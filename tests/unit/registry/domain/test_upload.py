"""Upload keys: the predecessor's form, and nothing else."""

from uuid import UUID

import pytest

from annex_registry.domain.errors import InvalidUploadKey
from annex_registry.domain.upload import parse_upload_key, upload_key
from annex_shared.ids import UploadId

UPLOAD = UploadId(UUID("0190a000-0000-7000-8000-0000000000a1"))
KEY = "sha256/_staging/0190a000-0000-7000-8000-0000000000a1/bundle.tar.zst"


def test_a_key_is_written_in_the_predecessors_form_and_read_back() -> None:
    assert upload_key(UPLOAD) == KEY
    assert parse_upload_key(KEY) == UPLOAD


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY + "\n",
        " " + KEY,
        KEY.upper(),
        KEY.replace("_staging", "staging"),
        KEY.replace("sha256/", "/sha256/"),
        KEY.replace("bundle.tar.zst", "bundleXtar.zst"),
        "sha256/_staging/../bundle.tar.zst",
        "blobs/sha256/00/00",
    ],
)
def test_any_other_text_is_no_key(text: str) -> None:
    with pytest.raises(InvalidUploadKey):
        parse_upload_key(text)


def test_a_refused_key_is_shown_without_control_characters() -> None:
    with pytest.raises(InvalidUploadKey) as refusal:
        parse_upload_key("a\u202eb\n" + "c" * 500)

    assert "\u202e" not in refusal.value.message
    assert len(refusal.value.message) < 300
