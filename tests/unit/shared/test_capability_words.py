"""Every capability the platform offers has a sentence, and every sentence its facts."""

import string

from annex_shared.capability_words import sentence, shared_words
from annex_shared.manifest import DEFAULT_CAPABILITIES, KNOWN_CAPABILITIES


def test_every_capability_the_platform_offers_has_words() -> None:
    words = shared_words()

    assert set(words.granted_anyway) == DEFAULT_CAPABILITIES
    assert set(words.asked) >= KNOWN_CAPABILITIES - DEFAULT_CAPABILITIES


def test_what_leaves_the_tenant_stands_before_what_stays_inside() -> None:
    order = [words.risk for words in shared_words().asked.values()]

    groups = list(dict.fromkeys(order))
    assert groups == ["leaves", "changes", "reads", "inside"]
    assert order == sorted(order, key=groups.index)


def test_a_sentence_is_written_with_its_facts() -> None:
    told = sentence("upgraded", extension="acme/notes", version="1.4.0", before="1.3.2")

    assert told == "acme/notes@1.4.0 runs instead of 1.3.2"


def test_no_sentence_takes_a_fact_without_a_name() -> None:
    for text in shared_words().sentences.values():
        assert all(name is None or name.isidentifier() for _, name, _, _ in string.Formatter().parse(text))
