import json
import os
from pathlib import Path

import pytest

from annex_cli.attempts import Attempt, AttemptStore
from annex_cli.errors import AttemptNotKept, PublishInProgress
from annex_shared.content_hash import ContentHash

HASH = ContentHash.of(b"bundle")
ATTEMPT = Attempt(
    gateway_url="https://console.example",
    tenant_id="t",
    extension="acme/notes",
    version="1.4.0",
    content_hash=HASH,
    idempotency_key="key",
)


def test_attempt_is_found_for_its_own_gateway_tenant_and_content(tmp_path: Path) -> None:
    store = AttemptStore(tmp_path / "attempts")
    store.keep(ATTEMPT)

    assert store.find("https://console.example/", "t", HASH) == ATTEMPT
    assert store.find("https://other.example", "t", HASH) is None
    assert store.find("https://console.example", None, HASH) is None
    assert store.find("https://console.example", "t", ContentHash.of(b"other")) is None


def test_kept_attempt_is_private_and_replaces_the_one_before(tmp_path: Path) -> None:
    store = AttemptStore(tmp_path / "attempts")
    store.keep(ATTEMPT)

    store.keep(ATTEMPT.model_copy(update={"upload_key": "k", "is_sent": True}))

    (file,) = store.folder.glob("*")
    assert file.stat().st_mode & 0o777 == 0o600
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert json.loads(file.read_text())["is_sent"] is True


def test_forgotten_attempt_is_gone_and_forgetting_twice_is_fine(tmp_path: Path) -> None:
    store = AttemptStore(tmp_path)
    store.keep(ATTEMPT)

    store.forget(ATTEMPT)
    store.forget(ATTEMPT)

    assert store.find("https://console.example", "t", HASH) is None


def test_damaged_file_counts_as_no_attempt(tmp_path: Path) -> None:
    store = AttemptStore(tmp_path)
    store.keep(ATTEMPT)
    next(tmp_path.glob("*.json")).write_text('{"gateway_url":')

    assert store.find("https://console.example", "t", HASH) is None


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    store = AttemptStore(tmp_path)

    with (
        store.held("https://console.example", "t", HASH),
        pytest.raises(PublishInProgress),
        AttemptStore(tmp_path).held("https://console.example", "t", HASH),
    ):
        pass

    with store.held("https://console.example", "t", HASH):
        assert os.access(tmp_path, os.W_OK)


def test_folder_that_cannot_be_made_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(AttemptNotKept, match="nothing was sent"):
        AttemptStore(tmp_path / "file" / "attempts").keep(ATTEMPT)
