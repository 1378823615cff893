import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_shared.contracts.debug_lines import (
    DebugEvent,
    DebugLine,
    InvalidDebugLine,
    LineFilter,
    cut_text,
    stream_key,
)

LINE = DebugLine(
    ts_ms=1_795_219_200_123,
    level="info",
    stream="log",
    tenant="t-1",
    extension="e-1",
    install="i-1",
    request="req_1",
    version="v-1",
    content_hash="sha256:00",
    message="héllo",
    is_truncated=True,
    execution="x-1",
    line_id="w-1",
)
# Architecture §9: the predecessor's readers depend on these.
CONTRACT_FIELDS = {
    *("ts", "level", "stream", "tenant", "extension", "install", "request", "version", "content_hash"),
    *("message", "truncated"),
}


def test_stream_has_the_predecessors_name_in_lower_case() -> None:
    assert stream_key("ext-debug:", "AB-1", "CD-2") == "ext-debug:ab-1:cd-2"


def test_entry_has_the_predecessors_fields_and_epoch_milliseconds() -> None:
    fields = LINE.to_fields()

    assert set(fields) >= CONTRACT_FIELDS
    assert (fields["ts"], fields["truncated"]) == ("1795219200123", "1")
    assert DebugLine.of_fields(fields) == LINE


def test_entry_of_a_predecessors_runner_is_read_without_our_additions() -> None:
    fields = {name: value for name, value in LINE.to_fields().items() if name in CONTRACT_FIELDS}

    line = DebugLine.of_fields(fields)

    assert (line.message, line.execution, line.line_id) == ("héllo", "", "")


@pytest.mark.parametrize("ts", ["", "soon", "9" * 30, "1e3"])
def test_entry_without_a_time_is_no_line(ts: str) -> None:
    with pytest.raises(InvalidDebugLine):
        DebugLine.of_fields({**LINE.to_fields(), "ts": ts})


def test_shown_line_has_an_iso_time_and_camel_case() -> None:
    shown = DebugEvent.of(LINE).model_dump(by_alias=True)

    assert shown["ts"] == "2026-11-21T00:00:00.123Z"
    assert {"tenantId", "extensionId", "installId", "requestId", "versionId", "contentHash"} <= set(shown)


@given(st.text(), st.integers(min_value=0, max_value=20))
def test_text_is_cut_between_characters(text: str, max_bytes: int) -> None:
    cut, is_cut = cut_text(text, max_bytes=max_bytes)

    assert len(cut.encode()) <= max_bytes
    assert text.encode("utf-8", "replace").decode().startswith(cut)
    assert is_cut == (len(text.encode("utf-8", "replace")) > max_bytes)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (LineFilter(), True),
        (LineFilter(install="i-1", request="req_1"), True),
        (LineFilter(install="i-2"), False),
        (LineFilter(request="req_2"), False),
    ],
    ids=["everything", "exactly-this", "another-install", "another-request"],
)
def test_reader_sees_what_fits(wanted: LineFilter, *, fits: bool) -> None:
    assert wanted.fits(LINE) is fits


def test_line_that_names_no_request_concerns_every_reader() -> None:
    told = DebugLine.of_fields({"ts": "1", "message": "3 lines not kept"})

    assert LineFilter(install="i-1", request="req_1").fits(told)
