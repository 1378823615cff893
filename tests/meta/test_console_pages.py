"""Every page of the console is looked at in a browser."""

import re
from pathlib import Path

from support.browser.console_pages import PAGES

SOURCE = Path(__file__).resolve().parents[2] / "web" / "console" / "src"
# Where the addresses of each list of `routes.tsx` begin, as `router.tsx` puts them together.
BELOW = {
    "TENANT_PAGES": "/t/dev/",
    "EXTENSION_PAGES": "/t/dev/extensions/[^/]+/[^/]+/",
    "PLAIN_PAGES": "/",
}


def routes() -> dict[str, re.Pattern[str]]:
    """Return each page's address as it is written, and what fits it; sign-in stands in no list."""
    text = (SOURCE / "routes.tsx").read_text(encoding="utf-8")
    found = {}
    for name, body in re.findall(
        r"export const (\w+): readonly ConsolePage\[\] = \[(.*?)^\];", text, re.MULTILINE | re.DOTALL
    ):
        for path in re.findall(r'^    path: "(.*)",$', body, re.MULTILINE):
            found[f"{name} {path}"] = re.compile(BELOW[name].rstrip("/") + _pattern(path))
    assert len(found) == text.count("page: page(() => import(")
    return found | {"/sign-in": re.compile("/sign-in")}


def _pattern(path: str) -> str:
    """Match what a route's path matches: `:name` is one segment, `/*` whatever follows."""
    if path == "":
        return ""
    segments = re.sub(r":\w+", "[^/]+", path)
    return f"/{segments.removesuffix('/*')}(/.*)?" if path.endswith("/*") else f"/{segments}"


def test_every_page_of_the_console_is_among_those_that_a_browser_looks_at() -> None:
    looked_at = [address.partition("?")[0] for address in PAGES.values()]

    missing = [
        name
        for name, pattern in routes().items()
        if not any(pattern.fullmatch(address) for address in looked_at)
    ]

    assert missing == [], "add an address to tests/support/browser/console_pages.py"


def test_every_page_that_has_its_code_in_a_folder_has_an_address() -> None:
    """A page that no list names is reached by the router alone: sign-in, and what there is not."""
    text = (SOURCE / "routes.tsx").read_text(encoding="utf-8") + (SOURCE / "router.tsx").read_text(
        encoding="utf-8"
    )
    folders = {path.parent.name for path in (SOURCE / "pages").glob("*/page.tsx")}

    assert folders == set(re.findall(r"import\(\"\./pages/([\w-]+)/page\.tsx\"\)", text))
