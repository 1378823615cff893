import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from annex_shared.observability.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave logging as it was found: it is one for the whole process."""
    before, handlers = structlog.get_config(), list(logging.getLogger().handlers)
    yield
    structlog.configure(**before)
    for handler in [handler for handler in logging.getLogger().handlers if handler not in handlers]:
        logging.getLogger().removeHandler(handler)


def lose_the_broker() -> None:
    password = "hunter2"
    raise ConnectionError(len(password))


def lines_of(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_the_name_of_the_service() -> None:
    stream = io.StringIO()
    configure_logs("registry", as_json=True, stream=stream)

    structlog.get_logger().info("version_published", version="1.0.0")

    (line,) = lines_of(stream)
    assert {name: line[name] for name in ("event", "level", "service", "version")} == {
        "event": "version_published",
        "level": "info",
        "service": "registry",
        "version": "1.0.0",
    }


def test_a_warning_of_a_library_takes_the_same_form_and_its_traceback_shows_no_variables() -> None:
    stream = io.StringIO()
    configure_logs("registry", as_json=True, stream=stream)

    try:
        lose_the_broker()
    except ConnectionError:
        logging.getLogger("aiormq.connection").warning("lost %s", "the broker", exc_info=True)

    (line,) = lines_of(stream)
    assert line["event"] == "library_log"
    assert line["library"] == "aiormq.connection"
    assert line["message"] == "lost the broker"
    assert line["service"] == "registry"
    assert line["exception"]
    assert "hunter2" not in stream.getvalue()


def test_what_a_library_says_below_a_warning_is_dropped() -> None:
    stream = io.StringIO()
    configure_logs("registry", as_json=True, stream=stream)

    logging.getLogger("aiormq.connection").info("connected")

    assert stream.getvalue() == ""


def test_configuring_again_moves_library_lines_instead_of_doubling_them() -> None:
    former, latter = io.StringIO(), io.StringIO()
    configure_logs("registry", as_json=True, stream=former)
    configure_logs("registry", as_json=True, stream=latter)

    logging.getLogger("aiormq.connection").error("lost")

    assert former.getvalue() == ""
    assert len(lines_of(latter)) == 1
