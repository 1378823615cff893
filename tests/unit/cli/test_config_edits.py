from annex_cli.config_edits import ConfigDifference
from annex_cli.config_words import Config


def test_a_difference_names_what_came_went_and_changed_also_where_python_sees_none() -> None:
    before: Config = {"a": 1, "b": "x", "c": "same"}
    after: Config = {"a": True, "c": "same", "d": "new"}

    difference = ConfigDifference.between(before, after)

    assert difference.lines(before, after) == ['+ d = "new"', '- b = "x"', "~ a = 1 -> true"]
    assert not ConfigDifference.between(after, after)
