import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from annex_shared.manifest import manifest_json_schema
from support.manifests import BAD, GOOD

ROOT = Path(__file__).resolve().parents[4]
SCHEMA = Draft202012Validator(manifest_json_schema())


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "scripts" / "schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(manifest_json_schema())


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_the_schema_accepts_what_the_model_accepts(document: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(document)


@pytest.mark.parametrize("document", [case[0] for case in BAD.values()], ids=BAD)
def test_the_schema_refuses_what_the_model_refuses(document: dict[str, Any]) -> None:
    assert not SCHEMA.is_valid(document)


def test_the_published_schema_is_the_models() -> None:
    assert _script().main(["--check"]) == 0


def test_a_stale_schema_is_found_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "manifest-v2.schema.json").write_text("{}")
    script = _script()

    stale = script.main(["--check", "--directory", str(tmp_path)])
    written = script.main(["--directory", str(tmp_path)])
    fresh = script.main(["--check", "--directory", str(tmp_path)])

    assert (stale, written, fresh) == (1, 0, 0)
    assert "manifest-v2.schema.json is stale" in capsys.readouterr().err
    assert (
        json.loads((tmp_path / "reference" / "manifest-v2.schema.json").read_text()) == manifest_json_schema()
    )
