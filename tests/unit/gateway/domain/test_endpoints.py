import pytest
from hypothesis import given
from hypothesis import strategies as st

from annex_gateway.domain.endpoints import Endpoint, EndpointTree, guest_method
from annex_gateway.domain.errors import EndpointNotFound, MethodNotAllowed
from annex_gateway.domain.paths import SafePath


def a_tree(*endpoints: tuple[str, str]) -> EndpointTree:
    return EndpointTree.compile(Endpoint(method, path) for method, path in endpoints)


def test_a_parameter_stands_for_exactly_one_segment() -> None:
    tree = a_tree(("GET", "/notes/:id"))

    assert tree.match("GET", SafePath.parse("/notes/42")).path == "/notes/:id"
    for other in ("/notes", "/notes/42/more"):
        with pytest.raises(EndpointNotFound):
            tree.match("GET", SafePath.parse(other))


def test_a_literal_wins_over_a_parameter() -> None:
    tree = a_tree(("GET", "/notes/:id"), ("GET", "/notes/new"))

    assert tree.match("GET", SafePath.parse("/notes/new")).path == "/notes/new"
    assert tree.match("GET", SafePath.parse("/notes/old")).path == "/notes/:id"


def test_a_literal_for_another_method_does_not_hide_a_parameter() -> None:
    tree = a_tree(("GET", "/notes/:id"), ("POST", "/notes/new"))

    assert tree.match("GET", SafePath.parse("/notes/new")).path == "/notes/:id"


def test_a_dead_end_of_literals_goes_back_to_the_parameter() -> None:
    tree = a_tree(("GET", "/:area/list"), ("GET", "/notes/:id/edit"))

    assert tree.match("GET", SafePath.parse("/notes/list")).path == "/:area/list"


def test_another_method_is_refused_with_the_possible_ones() -> None:
    tree = a_tree(("GET", "/notes/:id"), ("DELETE", "/notes/:key"), ("PUT", "/notes/new"))

    with pytest.raises(MethodNotAllowed) as refusal:
        tree.match("POST", SafePath.parse("/notes/new"))

    assert refusal.value.allowed == ("GET", "HEAD", "PUT", "DELETE")


def test_head_is_served_by_get() -> None:
    tree = a_tree(("GET", "/notes"))

    assert tree.match("HEAD", SafePath.parse("/notes")).method == "GET"
    assert guest_method("HEAD") == "GET"


def test_the_root_is_an_endpoint_like_any_other() -> None:
    assert a_tree(("GET", "/")).match("GET", SafePath.parse("/")).path == "/"


def test_a_manifest_without_endpoints_exposes_nothing() -> None:
    with pytest.raises(EndpointNotFound):
        a_tree().match("GET", SafePath.parse("/"))


def test_a_method_is_declared_in_any_case() -> None:
    assert a_tree(("get", "/notes")).match("GET", SafePath.parse("/notes")).path == "/notes"


_SEGMENT = st.sampled_from(["a", "b", ":x", ":y"])
_DECLARED = st.lists(st.lists(_SEGMENT, min_size=1, max_size=4), max_size=8)


def _matches(pattern: list[str], segments: tuple[str, ...]) -> bool:
    return len(pattern) == len(segments) and all(
        declared.startswith(":") or declared == segment
        for declared, segment in zip(pattern, segments, strict=True)
    )


@given(_DECLARED, st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4))
def test_the_tree_finds_an_endpoint_exactly_when_one_matches_segment_by_segment(
    declared: list[list[str]], asked: list[str]
) -> None:
    tree = a_tree(*(("GET", "/" + "/".join(pattern)) for pattern in declared))
    path = SafePath(tuple(asked))
    expected = [pattern for pattern in declared if _matches(pattern, path.segments)]

    try:
        found = tree.match("GET", path).segments()
    except EndpointNotFound:
        assert expected == []
    else:
        assert found in expected
