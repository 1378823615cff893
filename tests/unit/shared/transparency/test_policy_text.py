import pytest

from annex_shared.transparency import Cosigner, LogPolicy, parse_policy
from annex_shared.transparency.errors import PolicyMalformed
from annex_shared.transparency.policy import PolicyLog, PolicyWitness, WitnessGroup
from unit.shared.transparency.vectors import LOG, WITNESS, key_of_seed

SECOND = Cosigner("witness.example/w2", key_of_seed(b"2" * 32))
THIRD = Cosigner("witness.example/w3", key_of_seed(b"3" * 32))
L, W1, W2, W3 = LOG.verifier.vkey, WITNESS.verifier.vkey, SECOND.verifier.vkey, THIRD.verifier.vkey


def _parse(*lines: str) -> LogPolicy:
    return parse_policy("".join(f"{line}\n" for line in lines).encode())


def test_a_policy_of_every_kind_of_line_is_read() -> None:
    policy = _parse(
        "# who we trust",
        f"log {L} https://registry.example/log",
        "",
        f"  witness W1\t{W1}   https://witness.example/w1  ",
        f"witness W2 {W2}",
        f"witness W3 {W3}",
        "\t# two of them",
        "group two 1 W1 W2",
        "group everybody all two W3",
        "quorum everybody",
    )

    assert policy == LogPolicy(
        (PolicyLog(LOG.verifier, "https://registry.example/log"),),
        (
            PolicyWitness("W1", WITNESS.verifier, "https://witness.example/w1"),
            PolicyWitness("W2", SECOND.verifier),
            PolicyWitness("W3", THIRD.verifier),
        ),
        (WitnessGroup("two", 1, ("W1", "W2")), WitnessGroup("everybody", 2, ("two", "W3"))),
        "everybody",
    )


@pytest.mark.parametrize(("rule", "threshold"), [("any", 1), ("all", 2), ("1", 1), ("2", 2)])
def test_a_group_has_its_threshold(rule: str, threshold: int) -> None:
    policy = _parse(f"witness a {W1}", f"witness b {W2}", f"group g {rule} a b", "quorum g")

    assert policy.groups[0].threshold == threshold


def test_a_quorum_may_be_one_witness_or_none() -> None:
    assert _parse(f"witness a {W1}", "quorum a").quorum == "a"
    assert _parse(f"log {L}", "quorum none").quorum is None


def test_names_beyond_ascii_are_compared_byte_for_byte() -> None:
    kelvin = "\u212a"

    assert _parse(f"witness {kelvin} {W1}", f"quorum {kelvin}").quorum == kelvin
    assert parse_policy(b"witness \xff " + W1.encode() + b"\nquorum \xff\n").quorum is not None
    with pytest.raises(PolicyMalformed):
        _parse(f"witness {kelvin} {W1}", "quorum K")


@pytest.mark.parametrize("count", [32, 60])
def test_a_policy_of_many_lines_is_read(count: int) -> None:
    signers = [Cosigner(f"w{at}", key_of_seed(bytes([at]) * 32)) for at in range(count)]
    lines = [f"witness w{at} {signer.verifier.vkey}" for at, signer in enumerate(signers)]
    groups = [f"group g{at} any {f'g{at - 1}' if at else ''} w{at}" for at in range(count)]

    policy = _parse(*lines, *groups, f"quorum g{count - 1}")

    assert len(policy.witnesses) == len(policy.groups) == count


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["quorum none", f"log {W1}"], 2),
        (["quorum none", f"witness a {L}"], 2),
        (["quorum none", "log"], 2),
        (["quorum none", f"log {L} url more"], 2),
        (["quorum none", f"log {L[:-1]}"], 2),
        (["quorum none", f"log {L}", f"log {L}"], 3),
        (["quorum none", f"witness a {W1}", f"witness b {W1}"], 3),
        (["quorum none", f"witness a {W1}", f"witness a {W2}"], 3),
        (["quorum none", f"witness none {W1}"], 2),
        (["quorum none", f"witness {W1}"], 2),
        (["quorum none", f"witness a {W1} url more"], 2),
        (["quorum none", "quorum none"], 2),
        (["quorum"], 1),
        (["quorum none none"], 1),
        (["quorum a", f"witness a {W1}"], 1),
        (["quorum b"], 1),
        ([f"witness a {W1}", "group g any"], 2),
        ([f"witness a {W1}", "group g any b", "quorum g"], 2),
        ([f"witness a {W1}", "group g any none", "quorum g"], 2),
        ([f"witness a {W1}", "group g any g", "quorum g"], 2),
        ([f"witness a {W1}", "group g all a a", "quorum g"], 2),
        ([f"witness a {W1}", "group g any a", "group h any a", "quorum g"], 3),
        ([f"witness a {W1}", "group a any a", "quorum a"], 2),
        ([f"witness a {W1}", "group none any a", "quorum none"], 2),
        ([f"witness a {W1}", "group g 0 a", "quorum g"], 2),
        ([f"witness a {W1}", "group g 2 a", "quorum g"], 2),
        ([f"witness a {W1}", "group g 01 a", "quorum g"], 2),
        ([f"witness a {W1}", "group g -1 a", "quorum g"], 2),
        ([f"witness a {W1}", "group g some a", "quorum g"], 2),
        (["trust everybody", "quorum none"], 1),
        (["quorum none # for now"], 1),
        (["QUORUM none"], 1),
        (["quorum\u00a0none"], 1),
    ],
)
def test_a_line_that_breaks_the_rules_is_named(lines: list[str], line: int) -> None:
    with pytest.raises(PolicyMalformed) as refusal:
        _parse(*lines)

    assert refusal.value.details["line"] == line


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_refused() -> None:
    largest = b"quorum none\n".rjust(256 * 1024)

    assert parse_policy(largest) == LogPolicy(())
    with pytest.raises(PolicyMalformed, match="larger"):
        parse_policy(b" " + largest)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"# nothing\n",
        f"log {L}\n".encode(),
        b"quorum none",
        b"quorum none\r\n",
        b"quorum none\0\n",
        b"quorum none\x7f\n",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_a_file_that_is_no_policy_is_refused_as_a_whole(data: bytes) -> None:
    assert parse_policy(b"quorum none\n") == LogPolicy(())

    with pytest.raises(PolicyMalformed) as refusal:
        parse_policy(data)

    assert refusal.value.details["line"] is None
