import pytest

from annex_ui_host.api.preconditions import matches

ETAG = '"sha256-ab"'


@pytest.mark.parametrize(
    ("lines", "weak", "strong"),
    [
        ([ETAG], True, True),
        (["*"], True, True),
        ([" * "], True, True),
        (['"x", "sha256-ab"'], True, True),
        (['"x"', ETAG], True, True),
        (['"a,b",\t"sha256-ab" ,'], True, True),
        ([", ,", ETAG], True, True),
        (['W/"sha256-ab"'], True, False),
        (['W/"x", W/"sha256-ab"'], True, False),
        ([], False, False),
        ([""], False, False),
        (['"x"'], False, False),
        (["sha256-ab"], False, False),
        (['"sha256-ab'], False, False),
        (['"sha256-AB"'], False, False),
        (['w/"sha256-ab"'], False, False),
        (['"x" "sha256-ab"'], False, False),
        (['*, "sha256-ab"'], False, False),
        (['"x"sha256-ab"'], False, False),
    ],
)
def test_list_is_compared_tag_by_tag(lines: list[str], weak: bool, strong: bool) -> None:  # noqa: FBT001 - columns of the table
    assert matches(lines, ETAG, is_weak_enough=True) is weak
    assert matches(lines, ETAG, is_weak_enough=False) is strong


def test_long_list_of_nonsense_is_judged_quickly() -> None:
    assert not matches(['"a",' * 2000 + "!"], ETAG, is_weak_enough=True)
