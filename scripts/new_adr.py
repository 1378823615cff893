"""Start a decision record with the next number and the four headings."""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "adr"
TEMPLATE = """# {number}. {title}

Status: proposed

## Context

## Decision

## Consequences

## Rejected
"""


def main(title: str) -> int:
    if not re.search(r"\w", title) or title == "tests":
        print('error: give the record a title: make adr T="Title"', file=sys.stderr)
        return 2
    numbers = [int(path.name[:4]) for path in FOLDER.glob("[0-9][0-9][0-9][0-9]-*.md")]
    number = max(numbers, default=0) + 1
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    path = FOLDER / f"{number:04}-{slug}.md"
    path.write_text(TEMPLATE.format(number=number, title=title))
    print(path.relative_to(FOLDER.parent.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
