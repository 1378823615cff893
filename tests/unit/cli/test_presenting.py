from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import JsonValue

from annex_cli.consent import Consent, parse_grants
from annex_cli.error_block import error_block
from annex_cli.errors import InvalidUsage
from annex_cli.options import parse_duration
from annex_cli.presenting import moment, size
from annex_cli.report_file import redacted
from annex_cli.version_table import version_table
from annex_shared.content_hash import ContentHash
from annex_shared.contracts.versions import VersionRow
from annex_shared.errors import AnnexError

WIDE = ("VERSION", "PUBLISHED", "CONTENT", "HASH", "SIZE", "SIGNER", "INSTALLED")
ROW = VersionRow(
    version_id="v",
    version="1.4.0",
    published_at=datetime(2026, 11, 18, 9, 12, tzinfo=UTC),
    content_hash=ContentHash.of(b"x"),
    size_bytes=412_000,
    status="published",
    signer=None,
    log_index=None,
    bundle_count=1,
    installed=True,
)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (412_345, "412 kB"),
        (3_400_000, "3.4 MB"),
        (64_000_000, "64 MB"),
    ],
)
def test_sizes_are_written_as_people_compare_them(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


def test_moments_are_utc_whatever_zone_they_came_in() -> None:
    eastern = datetime(2026, 11, 18, 4, 12, tzinfo=timezone(timedelta(hours=-5)))

    assert moment(eastern) == moment("2026-11-18T09:12:00Z") == "2026-11-18 09:12 UTC"
    assert moment("yesterday") == ""


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("30s", 30), ("2m", 120), ("1h", 3600), ("1.5", 1.5)]
)
def test_durations_are_read_with_their_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1s", "soon", "1 fortnight", "infs"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(InvalidUsage):
        parse_duration(text)


def test_narrow_table_drops_the_least_important_columns_and_says_so() -> None:
    wide, narrow = version_table([ROW], width=200), version_table([ROW], width=40)

    assert wide.splitlines()[0].split() == list(WIDE)
    assert narrow.splitlines()[0].split() == ["VERSION", "PUBLISHED", "INSTALLED"]
    assert narrow.splitlines()[-1] == "Not shown, the terminal is too narrow: size, signer, content hash."


def test_table_notes_a_status_and_several_bundles() -> None:
    odd = ROW.model_copy(update={"status": "yanked", "bundle_count": 2})

    assert "yanked; 2 bundles, the newest is shown" in version_table([ROW, odd], width=200)


def test_unknown_capability_is_read_first_and_default_ones_are_not_asked_for() -> None:
    consent = Consent.of(["cap:storage.kv", "cap:log.emit", "cap:teleport"])

    assert consent.asked == ("cap:teleport", "cap:storage.kv")
    assert consent.flag == "teleport,storage.kv"
    assert set(consent.grants) == {"cap:storage.kv", "cap:log.emit", "cap:teleport"}


@pytest.mark.parametrize(
    ("text", "is_met"),
    [
        ("storage.kv,http.fetch", True),
        ("cap:http.fetch, cap:storage.kv, log.emit", True),
        ("storage.kv", False),
        ("storage.kv,http.fetch,metrics", False),
        ("", False),
    ],
)
def test_consent_is_the_exact_list(text: str, *, is_met: bool) -> None:
    consent = Consent.of(["cap:storage.kv", "cap:http.fetch", "cap:log.emit"])

    assert consent.is_met_by(parse_grants(text)) is is_met


def test_error_block_wraps_its_sentence_and_ends_with_the_code() -> None:
    block = error_block(AnnexError("word " * 40, hint="annex pack"), width=60).splitlines()

    assert all(len(line) <= 60 for line in block)
    assert block[1].startswith("       word")
    assert block[-2:] == ["  hint        annex pack", "  code        ANNEX_ERROR"]


def test_many_problems_are_counted_and_the_first_ones_shown() -> None:
    errors: list[JsonValue] = [
        {"pointer": f"/{number}", "message": f"problem {number}"} for number in range(12)
    ]

    block = error_block(AnnexError("Bad.", details={"errors": errors}))

    assert "12 problems:" in block
    assert "problem 9" in block
    assert "problem 10" not in block
    assert "and 2 more" in block


@pytest.mark.parametrize(
    "secret",
    [
        "annex_abc12345_DEADBEEFdeadbeef",
        "Bearer eyJhbGciOi.x.y",
        "x-api-key: hunter2hunter2",
        "ANNEX_TOKEN=hunter2hunter2",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----",
    ],
)
def test_reports_hold_no_secret(secret: str) -> None:
    text = redacted(f"before {secret} after")

    assert text.startswith("before ")
    assert text.endswith(" after")
    assert secret.rsplit(maxsplit=1)[-1] not in text
