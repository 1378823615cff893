"""What an extension may subscribe to and emit."""

import pytest

from annex_runner_proxy.domain.topics import extension_topic, is_own_topic, subscribable
from annex_shared.names import ExtensionRef


@pytest.mark.parametrize("topic", ["note.created", "a", "sync_done", "x" * 64])
def test_own_topics_are_lower_case_words(topic: str) -> None:
    assert is_own_topic(topic)


@pytest.mark.parametrize("topic", ["", "Note", ".a", "a..b", "a.", "a b", "a/b", "x" * 65])
def test_other_texts_are_no_topics(topic: str) -> None:
    assert not is_own_topic(topic)


def test_topics_without_events_are_left_out() -> None:
    declared = {
        "version.published": "h",
        "install.changed": "h",
        "extension.event.acme.invoice-notes.note.created": "h",
        "extension.event.acme": "h",
        "ticket.created": "h",
        "version.*": "h",
    }

    assert list(subscribable(declared)) == [
        "version.published",
        "install.changed",
        "extension.event.acme.invoice-notes.note.created",
    ]


def test_a_name_is_written_in_a_topic_as_its_key() -> None:
    extension = ExtensionRef.parse("acme/com.acme.notes")

    assert extension_topic(extension, "note.created") == "extension.event.acme.com-acme-notes.note.created"
