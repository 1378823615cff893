"""Decide whether a routing key matches a binding, by the rule of AMQP topic exchanges."""


def matches(binding: str, routing_key: str) -> bool:
    """Compare word by word: ``*`` stands for exactly one word, ``#`` for any number, also none.

    ``places`` holds every position of the binding that the words so far can have led to, so a binding full
    of ``#`` costs no more than words times words.
    """
    pattern = binding.split(".")
    places = _with_empty_hashes({0}, pattern)
    for word in routing_key.split("."):
        places = _with_empty_hashes(_after(word, places, pattern), pattern)
    return len(pattern) in places


def _after(word: str, places: set[int], pattern: list[str]) -> set[int]:
    within = {place for place in places if place < len(pattern)}
    stayed = {place for place in within if pattern[place] == "#"}
    moved = {place + 1 for place in within if pattern[place] in ("*", word) and place not in stayed}
    return stayed | moved


def _with_empty_hashes(places: set[int], pattern: list[str]) -> set[int]:
    """Add the places reached by letting a ``#`` stand for no word."""
    reached = set(places)
    for place in range(len(pattern)):
        if place in reached and pattern[place] == "#":
            reached.add(place + 1)
    return reached
