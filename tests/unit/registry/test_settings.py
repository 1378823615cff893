"""The registry's settings, and the predecessor's names for them."""

import pytest

from annex_registry.settings import RegistrySettings
from annex_shared.settings import InvalidSettings

NEEDED = {"DATABASE_URL": "postgresql://registry_app@db/annex", "SERVICE_KEYS_FILE": "/run/keys.json"}


def test_the_defaults_are_those_of_production() -> None:
    settings, warnings = RegistrySettings.load(NEEDED)

    assert (settings.port, settings.signature_policy, settings.publisher_auto_create) == (
        8081,
        "required",
        False,
    )
    assert (settings.max_bundle_bytes, settings.upload_expiry_hours) == (200 * 1024 * 1024, 24)
    assert warnings == []


def test_the_predecessors_store_settings_make_an_address() -> None:
    settings, warnings = RegistrySettings.load(
        {
            **NEEDED,
            "STORAGE_S3_BUCKET": "extensions",
            "STORAGE_S3_ENDPOINT": "https://s3.example.dev",
            "STORAGE_S3_REGION": "eu-1",
            "STORAGE_S3_ACCESS_KEY": "key",
            "STORAGE_S3_SECRET_KEY": "hunter2",
        }
    )

    assert settings.store_url() == "s3://extensions?region=eu-1&endpoint=https%3A%2F%2Fs3.example.dev"
    assert len(warnings) == 5
    assert "hunter2" not in repr(settings)


def test_our_own_store_address_wins() -> None:
    settings, _ = RegistrySettings.load(
        {**NEEDED, "BUNDLE_STORE_URL": "file:///var/bundles", "STORAGE_S3_BUCKET": "extensions"}
    )

    assert settings.store_url() == "file:///var/bundles"


def test_without_any_store_the_setting_is_named() -> None:
    settings, _ = RegistrySettings.load(NEEDED)

    with pytest.raises(InvalidSettings, match="BUNDLE_STORE_URL is missing"):
        settings.store_url()
