from annex_shared.http.problems import problem_of
from annex_ui_host.api.problems import PROBLEMS
from annex_ui_host.domain.errors import AssetNotFound, RegistryUnavailable, UiHostBusy


def test_absence_says_the_same_whatever_is_absent() -> None:
    error = AssetNotFound()

    assert error.message == "Nothing is served at this address."
    assert error.details == {}


def test_passing_troubles_say_when_to_come_back() -> None:
    assert RegistryUnavailable().retry_after_seconds == 2
    assert UiHostBusy().retry_after_seconds == 2


def test_code_is_the_name_of_the_error() -> None:
    names = {kind: "".join(f"_{c}" if c.isupper() else c for c in kind.__name__).upper() for kind in PROBLEMS}

    codes = {kind: f"_{problem.code}" for kind, problem in PROBLEMS.items()}

    assert codes == names
    assert problem_of(AssetNotFound(), PROBLEMS) is PROBLEMS[AssetNotFound]
