"""Write the JSON Schemas and the AsyncAPI document that docs publish; ``--check`` exits 1 for a stale one."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annex_shared.contracts.event_schemas import event_schemas
from annex_shared.manifest.schema import manifest_json_schema
from annex_shared.messaging.event_documents import asyncapi_document

DOCS = Path(__file__).resolve().parent.parent / "docs"


def documents() -> dict[str, str]:
    """Every generated file's path below docs, and its text."""
    schemas = {f"events/{name}.schema.json": schema for name, schema in event_schemas().items()}
    generated: dict[str, Any] = {
        "reference/manifest-v2.schema.json": manifest_json_schema(),
        **schemas,
        "asyncapi.json": asyncapi_document(),
    }
    return {
        name: f"{json.dumps(document, indent=2, ensure_ascii=False)}\n"
        for name, document in generated.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is stale")
    parser.add_argument("--directory", type=Path, default=DOCS)
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
