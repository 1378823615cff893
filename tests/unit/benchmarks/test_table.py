"""The comparison's arithmetic: ratios within a round, medians over rounds, and what is said of refusals."""

from collections import Counter
from collections.abc import Sequence

from benchmarks.registry.contest import NEWEST, YARDSTICK, Cell, Contender, Contest, Scenario
from benchmarks.registry.peers.annex import Annex
from benchmarks.registry.port import Portrait, Published
from benchmarks.registry.table import Report, Row, answered
from benchmarks.rounds import Sample

PUBLISH = Scenario("publish_1", "Publish")
LIST = Scenario("list_100", "List")


def a_cell(*p50: float, statuses: Sequence[int] = (200,)) -> Cell:
    return Cell([Sample(ms, ms * 2, 1000 / ms, 10) for ms in p50], Counter(statuses))


def a_contender(key: str, title: str) -> Contender:
    return Contender(key, Annex(), Portrait(title, "1", "run", "disk", "hand"))


def a_contest(**cells: Cell) -> Contest:
    contest = Contest([a_contender(YARDSTICK, "Annex"), a_contender("other", "Other")])
    contest.cells = {(PUBLISH.key, YARDSTICK): a_cell(10.0), (PUBLISH.key, "other"): a_cell(20.0)}
    contest.cells |= {("duplicate", key): cell for key, cell in cells.items()}
    return contest


def test_a_ratio_is_taken_within_a_round_and_the_median_of_rounds_shown() -> None:
    annex, other = a_cell(10.0, 100.0, 10.0), a_cell(30.0, 200.0, 20.0)

    row = Row.of("Other", other, annex)

    assert (row.p50_ms, row.p50_ratio, row.rate_ratio) == (30.0, 2.0, 0.5)


def test_one_status_stands_alone_and_several_are_counted() -> None:
    assert answered(Counter([409, 409])) == "409"
    assert answered(Counter([201, 409, 409, 0])) == "no answer (1), 201 (1), 409 (2)"


def test_a_registry_that_takes_other_bytes_for_a_version_is_named() -> None:
    contest = a_contest(annex=a_cell(1.0, statuses=(409, 409)), other=a_cell(1.0, statuses=(409, 201)))

    text = Report(contest, [], {}).markdown()

    assert "| Annex | 0 | 0 | 0 | None | refused: 409 |" in text
    assert "| Other | 0 | 0 | 0 | None | ACCEPTED: 201 (1), 409 (1) |" in text


def test_bytes_that_came_back_wrong_are_counted() -> None:
    contest = a_contest()
    contest.contenders[1].kept = [Published("bench", "1.0.0", "00")]
    contest.contenders[1].wrong_bytes = 1

    assert "| Other | 1 | 1 | 0 |" in Report(contest, [], {}).markdown()


def test_an_absent_registry_stands_in_every_block_with_its_reason() -> None:
    contest = a_contest()
    contest.absent["far"] = "npm is not installed"

    text = Report(contest, [PUBLISH], {}).markdown()

    assert text.count("- far: not available: npm is not installed") == 2


def test_a_scenario_that_a_registry_cannot_do_has_a_remark_and_no_row() -> None:
    contest = a_contest()
    contest.cells[PUBLISH.key, "other"] = Cell(remark="sends no ETag")
    report = Report(contest, [PUBLISH], {})

    assert [row.title for row in report.rows(PUBLISH)] == ["Annex"]
    assert report.remarks(PUBLISH) == [("Other", "sends no ETag")]


def test_the_first_page_of_annex_is_compared_with_its_own_whole_list() -> None:
    contest = a_contest()
    contest.cells |= {(LIST.key, YARDSTICK): a_cell(8.0), (LIST.key, NEWEST): a_cell(2.0)}

    rows = Report(contest, [LIST], {}).rows(LIST)

    assert [(row.title, row.p50_ratio) for row in rows] == [("Annex", 1.0), ("Annex, newest page only", 0.25)]


def test_every_round_begins_with_another_registry() -> None:
    contest = a_contest()

    orders = [[contender.key for contender in contest.turned(number)] for number in range(3)]

    assert orders == [["annex", "other"], ["other", "annex"], ["annex", "other"]]


def test_the_document_keeps_every_round() -> None:
    document = Report(a_contest(), [PUBLISH], {"commit": "abc"}).document()

    assert document["rounds"]["publish_1/other"] == [
        {"p50_ms": 20.0, "p99_ms": 40.0, "rate": 50.0, "calls": 10}
    ]
    assert document["facts"] == {"commit": "abc"}
