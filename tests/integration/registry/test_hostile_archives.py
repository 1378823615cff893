"""The whole corpus of hostile archives and manifests, sent to a registry: each its own code, nothing left."""

import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence

import pytest

from annex_shared.bundle import BundleLimits
from integration.registry.world import World, bundle, manifest
from support.hostile_archives import (
    DAMAGED,
    DUPLICATES,
    LENGTHS,
    PATHS,
    SIZES,
    TRAILING,
    TYPES,
    HostileArchive,
    archive,
    file,
)

# What is tried with limits of its own is tried by the reader's tests; here the limits are the platform's.
GROUPS = {
    name: [attack for attack in group if attack.limits == BundleLimits()]
    for name, group in {
        "paths": PATHS,
        "lengths": LENGTHS,
        "types": TYPES,
        "duplicates": DUPLICATES,
        "damaged": DAMAGED,
        "trailing": TRAILING,
        "sizes": SIZES,
    }.items()
}
STATUS = {"BUNDLE_TOO_LARGE": 413}


def code_of(attack: HostileArchive) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", attack.refusal.__name__).upper()


def said(*lines: str) -> bytes:
    """Pack a manifest that is written out, so that it may be no JSON."""
    return archive(file(b"manifest.json", "".join(lines).encode("utf-8", "surrogatepass")))


def with_member(text: str) -> bytes:
    """Pack a good manifest with one member more, as text."""
    return said(json.dumps(manifest())[:-1], f', "x-more": {text}', "}")


def a_zip_whose_directory_lies() -> bytes:
    """Name a file one way in front of its bytes and another way in the directory behind them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as written:
        written.writestr("ui/harmless.js", "x")
    return target.getvalue().replace(b"ui/harmless.js", b"../../harm.js.", 1)


async def refused(registry: World, contents: Mapping[str, bytes]) -> dict[str, tuple[int, str | None]]:
    """Publish each in one request and tell what it was answered with."""
    answers = {name: await registry.publish_at_once(content) for name, content in contents.items()}
    for name, answer in answers.items():
        assert answer.body["message"].endswith("."), name
        assert answer.body["message"].isprintable(), name
        assert answer.body["request_id"] == "req_test", name
    return {name: (answer.status, answer.code) for name, answer in answers.items()}


async def expect(registry: World, contents: Mapping[str, bytes], codes: Mapping[str, str]) -> None:
    """Expect each refusal, and nothing in database or store afterwards; the good bundle still publishes."""
    facts = await registry.facts()

    answers = await refused(registry, contents)

    assert answers == {name: (STATUS.get(code, 400), code) for name, code in codes.items()}
    assert await registry.facts() == facts
    assert registry.files() == []
    async with registry.database() as connection:
        assert await connection.fetchval("SELECT count(*) FROM upload_attempt") == 0
    assert (await registry.publish_at_once(bundle())).status == 201


@pytest.mark.parametrize("group", GROUPS)
async def test_no_hostile_archive_is_published(registry: World, group: str) -> None:
    attacks: Sequence[HostileArchive] = GROUPS[group]

    await expect(
        registry,
        {attack.name: attack.make() for attack in attacks},
        {attack.name: code_of(attack) for attack in attacks},
    )


async def test_archives_of_other_kinds_are_none_whatever_they_hide(registry: World) -> None:
    """Zip tricks (lying directories, prepended data, comments) end at the first four bytes."""
    lying = a_zip_whose_directory_lies()
    contents = {"lying": lying, "prepended": b"#!/bin/sh\n" + lying, "commented": lying + b"comment"}

    await expect(registry, contents, dict.fromkeys(contents, "BUNDLE_CORRUPT"))


async def test_no_hostile_manifest_is_published(registry: World) -> None:
    contents = {
        "nothing": said(),
        "no-json": said("{"),
        "a-list": said("[]"),
        "a-number": said("1"),
        "null": said("null"),
        "byte-order-mark": said("\ufeff", json.dumps(manifest())),
        "utf-16": archive(file(b"manifest.json", json.dumps(manifest()).encode("utf-16"))),
        "latin-1": archive(file(b"manifest.json", '{"name": "é"}'.encode("latin-1"))),
        "a-key-twice": said('{"name": "notes", "name": "other"}'),
        "a-nested-key-twice": with_member('{"a": 1, "a": 2}'),
        "nan": with_member("NaN"),
        "infinity": with_member("-Infinity"),
        "a-float-beyond-all": with_member("1e999"),
        "an-integer-of-5000-digits": with_member("9" * 5000),
        "65-levels": with_member("[" * 65 + "]" * 65),
        "100000-levels": with_member("[" * 100_000 + "]" * 100_000),
        "half-a-surrogate-pair": with_member('"\\ud800"'),
        "a-nul": with_member('"\\u0000"'),
        "a-second-document": said(json.dumps(manifest()), "{}"),
        "unknown-member": said(json.dumps(manifest(permissions=[]))),
        "no-name": said(json.dumps({"version": "1.0.0", "runtime": "wasm-js@1"})),
    }

    await expect(registry, contents, dict.fromkeys(contents, "INVALID_MANIFEST"))


async def test_a_manifest_that_is_only_large_has_a_code_of_its_own(registry: World) -> None:
    contents = {"over-a-mebibyte": with_member(json.dumps("a" * (1 << 20)))}

    await expect(registry, contents, {"over-a-mebibyte": "MANIFEST_TOO_LARGE"})


async def test_a_deep_manifest_within_the_bound_is_published(registry: World) -> None:
    answer = await registry.publish_at_once(with_member("[" * 62 + "]" * 62))

    assert answer.status == 201
