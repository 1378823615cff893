"""Write the JSON Schemas that docs publish; ``--check`` exits 1 when a written one is stale."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from annex_shared.manifest.schema import manifest_json_schema

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def documents() -> dict[str, str]:
    """Every generated file's name and text."""
    schema = json.dumps(manifest_json_schema(), indent=2, ensure_ascii=False)
    return {"manifest-v2.schema.json": f"{schema}\n"}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    parser.add_argument("--directory", type=Path, default=REFERENCE)
    options = parser.parse_args(arguments)
    stale = [
        (options.directory / name, text)
        for name, text in documents().items()
        if not _reads(options.directory / name, text)
    ]
    for path, text in stale:
        if options.check:
            print(f"{path.name} is stale. Run: python scripts/schemas.py", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if stale and options.check else 0


def _reads(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
