"""What `make run` ends with: every command in it is one that there is."""

import re
import shlex
from pathlib import Path

import click
import pytest

from annex_cli.program import annex
from annex_standalone.home import Home
from annex_standalone.summary import DevFacts, block

GATEWAY = "http://127.0.0.1:8080"
FACTS = DevFacts(
    gateway_url=GATEWAY,
    registry_url="http://127.0.0.1:8081",
    runner_proxy_url="http://127.0.0.1:8082",
    ui_host_url="http://127.0.0.1:8083",
    tenant_id="0190a000-0000-7000-8000-000000000001",
    api_key="annex_member",
    admin_api_key="annex_admin",
    publisher_key_path="publisher.pem",
    log_vkey="log+1+key",
    hello_url=f"{GATEWAY}/api/ext/annex-demo.hello/hello",
    hello_ui_url="http://127.0.0.1:8083/ext-ui/annex-demo.hello/index.html",
)


def shown(*, sign_in_url: str | None = f"{GATEWAY}/sign-in#link=once") -> str:
    return block(Home(Path(".annex"), "one"), FACTS, sign_in_url=sign_in_url, ready_seconds=6.8)


@pytest.mark.parametrize("name", ["call", "versions", "publish", "init", "dev"])
def test_each_command_that_is_printed_is_understood(name: str) -> None:
    printed = re.search(rf"\S*\.venv/bin/annex {name}\b[^&(\n]*", shown())

    assert printed is not None
    command = annex.get_command(click.Context(annex), name)
    assert command is not None
    command.make_context(name, shlex.split(printed[0])[2:])


def test_the_samples_page_is_the_consoles_where_there_is_one() -> None:
    assert f"{GATEWAY}/t/dev/extensions/annex-demo/hello/open" in shown()
    assert str(FACTS.hello_ui_url) in shown(sign_in_url=None)


def test_no_key_is_printed() -> None:
    assert FACTS.api_key not in shown()
    assert FACTS.admin_api_key not in shown()
