import shutil
import stat
import sys
from pathlib import Path

import pytest

from support.stack.install import Requirement, advice, chromium_binary, main, no_daemons_started

EXTERNAL = {
    "ANNEX_TEST_DATABASE_URL": "postgresql://db.example/postgres",
    "ANNEX_TEST_RABBITMQ_URL": "amqp://mq.example/",
    "ANNEX_TEST_REDIS_URL": "redis://kv.example",
    "ANNEX_TEST_S3_URL": "http://s3.example",
    "ANNEX_TEST_CHROMIUM": "/opt/browser/chrome",
}


def test_a_package_whose_program_is_absent_is_missing() -> None:
    requirement = Requirement("Any", "ANY_URL", {"python3": sys.executable, "nothing": "/no/such/program"})

    missing = requirement.missing_packages()

    assert missing == ["nothing"]


def test_the_advice_is_a_command_and_the_variables_that_make_it_unnecessary() -> None:
    text = advice(["redis-server", "radosgw"])

    assert (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server radosgw\n"
        in text
    )
    assert all(variable in text for variable in EXTERNAL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed yet")
def test_nothing_is_installed_when_every_server_is_external() -> None:
    assert main(EXTERNAL) == 0


def test_the_browser_that_is_named_goes_before_the_machines_own() -> None:
    assert chromium_binary(EXTERNAL) == "/opt/browser/chrome"


def test_apt_is_kept_from_starting_services_and_the_policy_is_removed_again(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"

    with no_daemons_started(policy):
        during = policy.read_text(encoding="utf-8")
        is_executable = policy.stat().st_mode & stat.S_IXUSR

    assert during.endswith("exit 101\n")
    assert is_executable
    assert not policy.exists()


def test_a_failed_installation_leaves_no_policy_behind(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"

    with pytest.raises(RuntimeError), no_daemons_started(policy):
        raise RuntimeError

    assert not policy.exists()


def test_a_policy_of_the_machine_stays_as_it_is(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs", encoding="utf-8")

    with no_daemons_started(policy):
        pass

    assert policy.read_text(encoding="utf-8") == "theirs"
