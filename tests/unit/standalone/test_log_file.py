"""The log file never grows past its limit by more than a line, and keeps one predecessor."""

from pathlib import Path

from annex_standalone.log_file import LogFile


def test_a_full_file_moves_aside_and_a_new_one_begins(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "annex.log", limit_bytes=10)

    for line in ("first line\n", "second line\n", "third line\n"):
        log.write(line)
    log.close()

    assert (tmp_path / "annex.log").read_text() == "third line\n"
    assert (tmp_path / "annex.log.1").read_text() == "second line\n"


def test_what_an_earlier_run_wrote_counts(tmp_path: Path) -> None:
    (tmp_path / "annex.log").write_text("a long line of yesterday\n")
    log = LogFile(tmp_path / "annex.log", limit_bytes=10)

    log.write("today\n")
    log.close()

    assert (tmp_path / "annex.log").read_text() == "today\n"
