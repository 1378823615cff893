from annex_shared.content_hash import ContentHash
from annex_ui_host.domain.asset_address import AssetAddress
from annex_ui_host.domain.page_policy import PERMISSIONS_POLICY, PagePolicy, PublicOrigin

HASH = ContentHash.of(b"the bundle")
ADDRESS = AssetAddress("acme.notes", HASH, "index.html")


def directives(policy: PagePolicy) -> dict[str, str]:
    pairs = (part.partition(" ") for part in policy.content_security_policy(ADDRESS).split("; "))
    return {name: sources for name, _, sources in pairs}


def test_page_is_confined_to_the_files_of_its_own_bundle() -> None:
    policy = PagePolicy(PublicOrigin("https://ui.example.net"), "https://app.example.net")

    found = directives(policy)

    own = f"https://ui.example.net/ext-ui/acme.notes/{HASH}/"
    assert found == {
        "default-src": "'none'",
        "script-src": own,
        "style-src": f"{own} 'unsafe-inline'",
        "img-src": f"{own} data: blob:",
        "font-src": f"{own} data:",
        "media-src": f"{own} data: blob:",
        "worker-src": f"{own} blob:",
        "connect-src": "'none'",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "https://app.example.net",
        "sandbox": "allow-scripts allow-forms",
    }


def test_scripts_run_neither_inline_nor_from_text() -> None:
    found = directives(PagePolicy(PublicOrigin("https://ui.example.net"), "'none'"))

    assert "unsafe" not in found["script-src"]
    assert "allow-same-origin" not in found["sandbox"]


def test_origin_settled_after_the_start_is_used() -> None:
    origin = PublicOrigin("")
    policy = PagePolicy(origin, "'none'")

    origin.text = "http://localhost:4711"

    assert directives(policy)["script-src"].startswith("http://localhost:4711/ext-ui/")


def test_every_listed_feature_is_denied_to_everybody() -> None:
    features = dict(feature.split("=") for feature in PERMISSIONS_POLICY.split(", "))

    assert set(features.values()) == {"()"}
    assert {"camera", "geolocation", "microphone", "payment"} <= set(features)
